"""Argon2 beside the loop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from threading import Event
from unittest.mock import patch

import pytest

from aids.clock import StandingClock
from tayori.directory import passwords, verifier
from tayori.directory.verifier import LocalRight, Verifier
from tayori.errors import TryLater


class Counted:
    """In place of Argon2: the hash of a password is its reverse; checks can be held up."""

    def __init__(self) -> None:
        self.checks = 0
        self.go = Event()
        self.go.set()

    def __call__(self, hashed: str, password: str) -> bool:
        self.checks += 1
        assert self.go.wait(10)
        return hashed == password[::-1]


@pytest.fixture
def counted() -> Iterator[Counted]:
    counted = Counted()
    with patch.object(passwords, "verified", counted):
        yield counted


def run(using: Callable[[Verifier, StandingClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = StandingClock()
        made = Verifier(clock, LocalRight())
        await using(made, clock)
        made.close()

    asyncio.run(main())


def test_what_was_right_is_remembered_for_a_while(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        assert await made.is_right("cba", "abc")
        assert made.remembers("cba", "abc")
        clock.go(verifier.REMEMBERED + 1)
        assert not made.remembers("cba", "abc")

    run(using)


def test_what_was_wrong_is_checked_each_time(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        assert not await made.is_right("cba", "x")
        assert not made.remembers("cba", "x")
        assert not await made.is_right("cba", "x")

    run(using)
    assert counted.checks == 2


def test_another_stored_hash_is_another_question(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        assert await made.is_right("cba", "abc")
        assert not made.remembers("other", "abc")

    run(using)


def test_the_same_question_is_asked_once_at_a_time(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        counted.go.clear()
        asked = [asyncio.ensure_future(made.is_right("cba", "abc")) for _ in range(100)]
        await asyncio.sleep(0)
        counted.go.set()
        assert all(await asyncio.gather(*asked))

    run(using)
    assert counted.checks == 1


def test_who_leaves_while_it_is_checked_harms_nobody(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        counted.go.clear()
        leaving, staying = (asyncio.ensure_future(made.is_right("cba", "abc")) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        counted.go.set()
        assert await staying

    run(using)


def test_too_many_at_once_are_told_to_come_back(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        counted.go.clear()
        asked = [asyncio.ensure_future(made.is_right("x", str(number))) for number in range(verifier.QUEUE)]
        await asyncio.sleep(0)
        with pytest.raises(TryLater):
            await made.is_right("x", "one more")
        counted.go.set()
        await asyncio.gather(*asked)

    run(using)


def test_only_so_many_are_remembered(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        for password in ("abc", "def", "ghi"):
            await made.is_right(password[::-1], password)
        assert [made.remembers(password[::-1], password) for password in ("abc", "def", "ghi")] == [False, True, True]

    with patch.object(verifier, "MAX_REMEMBERED", 2):
        run(using)


def test_a_login_of_nobody_is_checked_too(counted: Counted) -> None:
    async def using(made: Verifier, clock: StandingClock) -> None:
        await made.nobody("abc")

    run(using)
    assert counted.checks == 1
