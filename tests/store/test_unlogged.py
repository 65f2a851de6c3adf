"""Rows that a power cut left of mail that no log has. DESIGN section 5."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from aids.stored import WORK, Post, deliver, files, filled, stored, texts
from tayori.model import INBOX
from tayori.store import clean, maildir, unlogged
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


@stored
async def test_what_no_log_has_and_is_cut_goes(store: Store) -> None:
    mail = await filled(store, 3)
    first, cut, gone = sorted(files(mail, "new"), key=lambda path: path.name)
    cut.write_bytes(b"")
    gone.unlink()
    await store.forsake({"w0": 1})
    assert await texts(await mail.open(INBOX)) == {1: "letter 1"}
    assert (await mail.status(INBOX)).messages == 1
    assert first.exists()


@stored
async def test_what_no_log_has_and_is_whole_stays(store: Store) -> None:
    mail = await filled(store, 2)
    await store.forsake({"w0": 0})
    assert len(await texts(await mail.open(INBOX))) == 2


@stored
async def test_its_copies_go_too(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).move(ALL, WORK)
    files(mail, "new")[0].write_bytes(b"")
    await store.forsake({"w0": 0})
    assert await texts(await mail.open(WORK)) == {}


@stored
async def test_a_file_that_has_another_name_than_its_row_says_is_no_cut_one(store: Store) -> None:
    mail = await filled(store, 1)
    (file,) = files(mail, "new")
    os.rename(file, f"{mail.root}/cur/{file.name}:2,S")
    await store.forsake({"w0": 0})
    assert await texts(await mail.open(INBOX)) == {1: "letter 1"}


@pytest.mark.parametrize("ends", [{"w0": 2}, {"w1": 0}, {}])
def test_what_a_log_may_have_had_is_nothing_to_be_taken_back(ends: Mapping[str, int], tmp_path: Path) -> None:
    async def cut(store: Store) -> None:
        mail = await filled(store, 2)
        files(mail, "new")[0].write_bytes(b"")
        await store.forsake(ends)
        assert (await mail.status(INBOX)).messages == 2

    stored(cut)(tmp_path)


@stored
async def test_other_workers_mail_stays(store: Store) -> None:
    mail = await filled(store, 0)
    await deliver(store, [Post("w0").letter(), Post("w1").letter()])
    for file in files(mail, "new"):
        file.write_bytes(b"")
    await store.forsake({"w0": 0, "w1": 1})
    assert [row[0] for row in await (await mail.open(INBOX)).rows(ALL, ())] == [2]


@stored
async def test_a_log_is_seen_to_its_end_from_then_on(store: Store) -> None:
    mail = await filled(store, 3)
    await store.forsake({"w0": 1})
    assert ("w0", 1) in await mail.catalog.rows(tuple[str, int], "select log, sequence from applied")


@stored
async def test_an_account_without_a_maildir_does_not_stop_the_start(store: Store) -> None:
    mail = await filled(store, 1)
    os.rename(mail.root, f"{mail.root}.away")
    await store.forsake({"w0": 0})
    assert (await mail.status(INBOX)).messages == 1


@stored
async def test_where_no_account_is_yet_there_is_nothing_to_be_taken_back(store: Store) -> None:
    await store.forsake({"w0": 0})
    assert not (store.data / "mail").exists()


def test_an_account_that_rested_is_not_looked_at() -> None:
    second = 10**9
    written = {"old": 100 * second, "late": 200 * second, "last": 201 * second}
    assert unlogged.recent(written) == ["late", "last"]


def test_a_name_tells_whose_spool_it_came_by() -> None:
    name = maildir.unique_name(1_795_544_483, "w0-66109c6f95019", 1, "host", 10, 11)
    assert [maildir.worker_of(each) for each in (name, maildir.copy_name(name, 5), "1795.M1P2.host")] == [
        "w0",
        "w0",
        "",
    ]


def test_a_life_after_an_orderly_one_is_not_in_doubt(tmp_path: Path) -> None:
    in_doubt = [clean.begin(tmp_path), clean.begin(tmp_path)]
    clean.finish(tmp_path)
    assert [*in_doubt, clean.begin(tmp_path)] == [False, True, False]
