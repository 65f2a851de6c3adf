"""SASL's steps as base64 lines, with and without an initial response."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tayori.errors import LoginCancelled, ProtocolError
from tayori.wire.exchange import MAX_RESPONSE, Exchange


def exchange(*lines: bytes, initial: bytes | None = None) -> tuple[Exchange, list[bytes]]:
    """One whose client says those lines, and the list of what it is asked."""
    said: list[bytes] = []
    script = list(lines)

    async def hear() -> bytes:
        return script.pop(0)

    return Exchange(said.append, hear, initial), said


def run(step: Callable[[], Awaitable[bytes]]) -> bytes:
    async def once() -> bytes:
        return await step()

    return asyncio.run(once())


def test_a_first_word_that_did_not_come_is_asked_for() -> None:
    channel, said = exchange(b"YWI=")
    assert not channel.has_first()
    assert run(channel.first) == b"ab"
    assert said == [b""]


@pytest.mark.parametrize(("initial", "expected"), [(b"YWI=", b"ab"), (b"=", b"")])
def test_a_first_word_that_came_is_not_asked_for(initial: bytes, expected: bytes) -> None:
    channel, said = exchange(initial=initial)
    assert channel.has_first()
    assert run(channel.first) == expected
    assert not channel.has_first()
    assert said == []


def test_a_challenge_goes_out_as_base64_and_its_answer_comes_back_as_octets() -> None:
    channel, said = exchange(b"//8=")
    assert run(lambda: channel.ask(b"who")) == b"\xff\xff"
    assert said == [b"d2hv"]


def test_an_empty_answer_is_an_answer() -> None:
    channel, _ = exchange(b"")
    assert run(lambda: channel.ask(b"")) == b""


def test_a_star_cancels() -> None:
    channel, _ = exchange(b"*")
    with pytest.raises(LoginCancelled):
        run(lambda: channel.ask(b""))


@pytest.mark.parametrize(
    "line", [b"a", b"YWI", b"Y WI=", b"YWI=x", b"=", b"\xff\xff\xff\xff", b"A" * (MAX_RESPONSE + 4)]
)
def test_what_is_no_base64_or_too_much_of_it_is_refused(line: bytes) -> None:
    channel, _ = exchange(line)
    with pytest.raises(ProtocolError):
        run(lambda: channel.ask(b""))
