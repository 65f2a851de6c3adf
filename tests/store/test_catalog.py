"""A catalog is opened, migrated and refused as DESIGN section 5 says, and a full disk leaves it whole."""

import errno
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from aids.stored import ALICE, NOW, WORK, files, filled, stored
from tayori.errors import InUse, NoSpace, TryLater
from tayori.model import INBOX, Copied
from tayori.store import creation, schema
from tayori.store.catalog import Ending
from tayori.store.faults import refusal
from tayori.store.keeper import Keeper
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


async def as_another_version(store: Store, version: int) -> None:
    mail = await filled(store, 1)
    await mail.catalog.write(lambda db: db.execute(f"pragma user_version = {version}"))
    mail.catalog.close()


@stored
async def test_a_newer_catalog_is_refused(store: Store) -> None:
    await as_another_version(store, schema.VERSION + 1)
    with pytest.raises(TryLater, match="newer"):
        await (await store.mailboxes(ALICE)).listing()


@stored
async def test_an_older_catalog_is_migrated_after_a_copy_was_kept(store: Store) -> None:
    await as_another_version(store, schema.VERSION)
    mail = await store.mailboxes(ALICE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "create table later(x)"))
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        assert await mail.catalog.rows(tuple[int], "select count(*) from later") == [(0,)]
        mail.catalog.close()
    copy = apsw.Connection(f"{mail.catalog.path}.v{schema.VERSION}")
    assert copy.execute("select count(*) from entry").get == 1
    copy.close()


@stored
async def test_a_migration_that_fails_changes_nothing(store: Store) -> None:
    await as_another_version(store, schema.VERSION)
    mail = await store.mailboxes(ALICE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "create table later(x); create table later(y)"))
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(TryLater):
            await mail.listing()
    assert len(await mail.listing()) == 7


@stored
async def test_a_damaged_catalog_is_told_to_the_administrator(store: Store) -> None:
    mail = await filled(store, 1)
    mail.catalog.close()
    with open(mail.catalog.path, "r+b") as file:  # noqa: ASYNC230
        file.write(b"x" * 8192)
    with pytest.raises(TryLater, match="tayori reindex"):
        await mail.listing()


@stored
async def test_an_emptied_catalog_is_not_taken_for_a_new_one(store: Store) -> None:
    mail = await filled(store, 1)
    mail.catalog.close()
    for path in mail.folder.glob("index.db*"):
        os.truncate(path, 0)
    with pytest.raises(TryLater, match="tayori reindex"):
        await mail.listing()


@stored
async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    mail = await filled(store, 1)

    def half(db: apsw.Connection) -> None:
        db.execute("delete from entry")
        raise OSError(errno.EIO, "Input/output error")

    for write in (mail.catalog.write, mail.catalog.write_apart):
        with pytest.raises(TryLater):
            await write(half)
    assert (await mail.status(INBOX)).recent == 1


@stored
async def test_a_full_disk_refuses_and_changes_nothing(store: Store) -> None:
    mail = await filled(store, 50)
    inbox = await mail.open(INBOX)
    db = mail.catalog.db()
    db.pragma("max_page_count", db.pragma("page_count"))
    copies: list[Copied] = []

    async def copy_until_it_is_full() -> None:
        while True:
            copies.append(await inbox.copy(ALL, WORK))

    with pytest.raises(NoSpace):
        await copy_until_it_is_full()
    db.pragma("max_page_count", 2**30)
    assert (await mail.status(WORK)).messages == 50 * len(copies)


@stored
async def test_expunge_works_where_nothing_else_does(store: Store) -> None:
    mail = await filled(store, 50)
    inbox = await mail.open(INBOX)
    db = mail.catalog.db()
    db.pragma("max_page_count", db.pragma("page_count"))
    assert len(await inbox.remove(ALL)) == 50


@stored
async def test_versions_differ_after_each_commit_and_only_then(store: Store) -> None:
    mail = await filled(store, 1)
    first = await mail.catalog.version()
    second = await mail.catalog.version()
    await mail.subscribe(WORK)
    assert (first == second, second == await mail.catalog.version()) == (True, False)


@stored
async def test_nothing_is_written_back_when_a_connection_closes(store: Store) -> None:
    mail = await filled(store, 1)
    log = f"{mail.catalog.path}-wal"
    before = os.stat(log).st_size
    mail.catalog.close()
    assert os.stat(log).st_size == before > 0


def test_an_account_is_made_by_two_threads_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        for number in range(20):
            folder = tmp_path / "example.org" / str(number)
            for made in [threads.submit(creation.create, folder, NOW, 0) for _ in range(2)]:
                made.result()


@stored
async def test_two_processes_that_make_an_account_make_one(store: Store) -> None:
    mail = await filled(store, 1)
    creation.create(mail.folder, NOW, 0)
    mail.catalog.close()
    assert (await mail.status(INBOX)).messages == 1
    assert not [name for name in os.listdir(mail.folder) if name.endswith(".new")]


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (OSError(errno.ENOSPC, ""), NoSpace),
        (OSError(errno.EDQUOT, ""), NoSpace),
        (OSError(errno.EIO, ""), TryLater),
        (apsw.FullError(), NoSpace),
        (apsw.BusyError(), InUse),
        (apsw.CorruptError(), TryLater),
        (apsw.IOError(), TryLater),
    ],
)
def test_a_fault_is_told_by_its_meaning(fault: Exception, meaning: type[Exception]) -> None:
    assert type(refusal(fault)) is meaning


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 MiB; only root can make one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("cannot mount a file system here")
    yield tmp_path
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.root
def test_messages_can_be_expunged_on_a_disk_that_is_really_full(small_disk: Path) -> None:
    async def fill_and_expunge(store: Store) -> None:
        mail = await filled(store, 100)
        inbox = await mail.open(INBOX)
        await Keeper(store).step()
        await mail.catalog.checkpoint(1, Ending.EMPTIED)
        fill(small_disk / "ballast")
        with pytest.raises(NoSpace):
            await inbox.copy(ALL, WORK)
        assert len(await inbox.remove(ALL)) == 100
        await Keeper(store).step()
        assert files(mail, "new") == []

    stored(fill_and_expunge)(small_disk)


def fill(path: Path) -> None:
    with open(path, "wb", buffering=0) as file:
        for octets in (65536, 4096):
            try:
                while True:
                    file.write(b"x" * octets)
            except OSError:
                continue
