"""What a power cut may find: the catalog knows more of the last second than the folders do. DESIGN section 5."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from aids.stored import ALICE, WORK, Post, deliver, files, filled, opened, stored, texts
from tayori.model import INBOX, FlagChange, MailboxName
from tayori.store import clean, paths
from tayori.store.keeper import Keeper
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]
A, B = MailboxName("A"), MailboxName("B")


@contextmanager
def at_each_sync(store: Store, query: str, falls: Callable[[int], bool] = lambda nth: False) -> Iterator[list[object]]:
    """What the query gives then; the nth sync fails where it `falls`."""
    seen: list[object] = []

    def sync(_: Path) -> None:
        db = apsw.Connection(str(paths.catalog(paths.account_folder(store.data, ALICE))))
        seen.append([row[0] for row in db.execute(query)])
        db.close()
        if falls(len(seen)):
            raise OSError(5, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tayori.store.disk.sync_file_system", sync)
        yield seen


@stored
async def test_a_row_tells_of_a_link_once_that_is_on_the_disk(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).copy(ALL, WORK)
    query = "select filed is null from entry where from_uid is not null"
    with at_each_sync(store, query) as unfiled:
        await Keeper(store).step()
    assert unfiled == [[1]]
    assert await mail.catalog.rows(tuple[int], query) == [(0,)]


@stored
async def test_a_link_that_may_not_be_on_the_disk_is_made_again(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).move(ALL, WORK)
    with at_each_sync(store, "select 1", falls=lambda nth: True):
        await Keeper(store).step()
    (link,) = files(mail, ".Work/new")
    link.unlink()  # the power went
    assert await texts(await mail.open(WORK)) == {1: "letter 1"}
    await Keeper(store).step()
    assert (len(files(mail, "new")), len(files(mail, ".Work/new"))) == (0, 1)


@stored
async def test_a_file_is_forgotten_once_its_end_is_on_the_disk(store: Store) -> None:
    mail = await filled(store, 1)
    (file,) = files(mail, "new")
    content = file.read_bytes()
    await (await mail.open(INBOX)).remove(ALL)
    with at_each_sync(store, "select count(*) from doomed", falls=lambda nth: nth == 2) as doomed:
        await Keeper(store).step()
    assert doomed == [[1], [1]]
    file.write_bytes(content)  # the power went, and it is back
    await Keeper(store).step()
    assert files(mail, "new") == []
    assert await mail.catalog.rows(tuple[int], "select count(*) from mail") == [(0,)]


@stored
async def test_a_folders_row_follows_once_the_folder_has_its_name_on_the_disk(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.create(A)
    await deliver(store, [Post().letter("there", mailbox=A)])
    await Keeper(store).step()
    await mail.rename(A, B)
    with at_each_sync(store, "select folder from mailbox where name = 'B'") as folders:
        await Keeper(store).step()
    assert folders == [[".A"]]
    assert await texts(await mail.open(B)) == {1: "there"}


@stored
async def test_folders_that_change_places_do_so_in_steps_of_which_each_is_on_the_disk(store: Store) -> None:
    mail, aside = await filled(store, 0), MailboxName("Aside")
    for name in (A, B):
        await mail.create(name)
    await Keeper(store).step()
    for old, new in ((A, aside), (B, A), (aside, B)):
        await mail.rename(old, new)
    with at_each_sync(store, "select count(*) from mailbox where folder in ('.A', '.B')") as named:
        await Keeper(store).step()
    assert named == [[2], [1], [1], [1], [1]]  # before and after each row's change, but after the last


def test_files_go_by_their_rows_names_again_after_a_life_in_doubt(tmp_path: Path) -> None:
    async def first_life() -> None:
        async with opened(tmp_path) as store:
            mail = await filled(store, 3)
            await (await mail.open(INBOX)).store([(1, 2)], FlagChange.ADD, ("\\Seen",))
            await Keeper(store).step()
            renamed, doubled = sorted(files(mail, "cur"))
            os.rename(renamed, f"{mail.root}/new/{renamed.name.partition(':')[0]}")  # the power went
            os.link(doubled, f"{mail.root}/new/{doubled.name.partition(':')[0]}")

    async def second_life() -> tuple[list[str], int]:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            await Keeper(store).step()
            return [path.name[-4:] for path in files(mail, "cur")], len(files(mail, "new"))

    clean.begin(tmp_path)
    asyncio.run(first_life())
    clean.begin(tmp_path)
    assert asyncio.run(second_life()) == ([":2,S", ":2,S"], 1)


def test_what_is_noted_of_mailboxes_is_written_anew_after_a_life_in_doubt(tmp_path: Path) -> None:
    async def life(comment: bytes) -> Path:
        async with opened(tmp_path) as store:
            mail = await filled(store, 0) if comment else await store.mailboxes(ALICE)
            if comment:
                await mail.annotate(WORK, {"/private/comment": comment})
            await Keeper(store).step()
            return Path(mail.root, ".Work", "tayori-annotations")

    clean.begin(tmp_path)
    noted = asyncio.run(life(b"x"))
    before = noted.read_bytes()
    noted.unlink()  # the power went
    clean.begin(tmp_path)
    assert asyncio.run(life(b"")).read_bytes() == before


@stored
async def test_a_deleted_mailbox_is_forgotten_once_its_folder_is_gone_from_the_disk(store: Store) -> None:
    mail = await filled(store, 0)
    await deliver(store, [Post().letter("in it", mailbox=WORK)])
    await mail.delete(WORK)
    with at_each_sync(store, "select count(*) from mailbox where name is null") as graves:
        await Keeper(store).step()
    assert graves == [[1]] * 4  # its folder's new name, the expunge, the file's end, the folder's
    assert await mail.catalog.rows(tuple[int], "select count(*) from mailbox where name is null") == [(0,)]
