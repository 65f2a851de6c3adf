"""Whichever call to the disk fails, a message is there whole or not at all, and the next one finds its place."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aids.stored import ALICE, WORK, Post, deliver, files, filled, stored, texts
from tayori.errors import NoSpace, TryLater
from tayori.model import INBOX, FlagChange, Placement
from tayori.store.account import AccountMail
from tayori.store.keeper import Keeper
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]
CALLS = ("open", "write", "close", "rename", "link", "stat", "unlink", "listdir")
"""What the store calls os for; each fails at its first, second … call."""


@contextmanager
def failing(call: str, nth: int, fault: int) -> Iterator[list[int]]:
    """The n-th call of os.`call` fails from here on; the list gets an item when it has."""
    real: Callable[..., object] = getattr(os, call)
    calls: list[int] = []
    failed: list[int] = []

    def sometimes(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == nth:
            failed.append(1)
            raise OSError(fault, os.strerror(fault))
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, call, sometimes)
        yield failed


async def whole(mail: AccountMail) -> bool:
    """Every row has its file, every file in new or cur a row; the counters agree."""
    inbox, work = await mail.open(INBOX), await mail.open(WORK)
    seen = [await texts(box) for box in (inbox, work)]
    counted = [(await mail.status(name)).messages for name in (INBOX, WORK)]
    there = [len(list(Path(mail.root, box).glob("[cn][ue][rw]/*"))) for box in (".", ".Work")]  # noqa: ASYNC240
    return [len(some) for some in seen] == counted == there


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("call", ["open", "write", "rename"])
def test_an_arrival_comes_whole_or_not_at_all(tmp_path: Path, call: str, fault: int) -> None:
    @stored
    async def arrive(store: Store) -> None:
        mail, post = await filled(store, 1), Post("w1")
        for nth in (1, 2, 3):
            with failing(call, nth, fault) as failed:
                answers = await store.place(post.letters(3))
            assert failed
            assert {type(answer) for answer in answers} == {NoSpace if fault == errno.ENOSPC else TryLater}
            assert await whole(mail)
            assert all(isinstance(answer, Placement) for answer in await store.place(post.letters(1)))
        assert files(mail, "tmp") == []

    arrive(tmp_path)


@pytest.mark.parametrize("call", CALLS)
def test_the_mirror_comes_to_the_same_in_the_end(tmp_path: Path, call: str) -> None:
    @stored
    async def follow(store: Store) -> None:
        mail, keeper = await filled(store, 6), Keeper(store)
        inbox = await mail.open(INBOX)
        await inbox.store([(1, 3)], FlagChange.ADD, ("\\Seen", "Later"))
        await inbox.copy([(2, 4)], WORK)
        await inbox.remove([(2, 2), (5, 5)])
        for nth in range(1, 12):
            with failing(call, nth, errno.EIO):
                await keeper.step()
            assert (list(await texts(inbox)), list(await texts(await mail.open(WORK)))) == ([1, 3, 4, 6], [1, 2, 3])
        await keeper.step()
        assert await whole(mail)

    follow(tmp_path)


@stored
async def test_a_sync_that_fails_lets_no_limit_hold(store: Store) -> None:
    mail = await filled(store, 1)
    await mail.catalog.write(lambda db: db.execute("update mailbox set uid_next = uid_limit - 1"))

    def fails(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tayori.store.disk.sync_file_system", fails)
        answers = await store.place(Post("w1").letters(2))
    assert [type(answer) for answer in answers] == [TryLater, TryLater]
    assert len(await deliver(store, Post("w2").letters(2))) == 2


def test_an_account_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    @stored
    async def make(store: Store) -> None:
        for call in ("fsync", "link", "mkdir"):
            for nth in range(1, 5):
                with failing(call, nth, errno.ENOSPC) as failed:
                    try:
                        await store.mailboxes(ALICE)
                    except NoSpace:
                        assert failed
        assert len(await (await store.mailboxes(ALICE)).listing()) == 6

    make(tmp_path)


@stored
async def test_an_account_whose_folder_may_not_be_read_is_not_taken_for_a_new_one(store: Store) -> None:
    await filled(store, 1)
    store._known.clear()

    def forbidden(path: Path) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "exists", forbidden)
        with pytest.raises(TryLater):
            await store.mailboxes(ALICE)
    assert await texts(await (await store.mailboxes(ALICE)).open(INBOX)) == {1: "letter 1"}
