"""The disk fails at every step in turn: the client hears "not now", nothing half is left, and the next mail goes in."""

import asyncio
import errno
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from aids import one_process
from aids.faults import Faults
from aids.one_process import ALICE, BOB, Clients

Put = Callable[[Clients, bytes], Awaitable[bool]]
"""Puts a message in; whether it was acknowledged."""

LINE = b"0123456789" * 7 + b"\r\n"


async def delivered(clients: Clients, content: bytes) -> bool:
    code = await clients.deliver(content)
    assert code == 250 or 400 <= code < 500, code
    return code == 250


async def delivered_to_both(clients: Clients, content: bytes) -> bool:
    code = await clients.deliver(content, ALICE, BOB)
    assert code == 250 or 400 <= code < 500, code
    return code == 250


async def appended(clients: Clients, content: bytes) -> bool:
    status = await clients.append(content)
    assert status in {"OK", "NO"}
    return status == "OK"


class Letters:
    """Numbered, and of which of them there has to be one."""

    def __init__(self, octets: int) -> None:
        self._text = LINE * (octets // len(LINE))
        self._numbers = count()
        self.promised: list[bytes] = []

    async def put(self, put: Put, clients: Clients) -> bool:
        content = b"Subject: %d\r\n\r\n%s" % (next(self._numbers), self._text)
        acknowledged = await put(clients, content)
        if acknowledged:
            self.promised.append(content)
        return acknowledged

    def are(self, found: list[bytes]) -> None:
        """Each once and whole, and nothing else."""
        assert Counter(raw[raw.index(b"Subject:") :] for raw in found) == Counter(self.promised)


async def each_step_fails(data: Path, put: Put, octets: int, code: int) -> Letters:
    """Until so many calls of the disk are let through that none fails any more."""
    letters = Letters(octets)
    async with one_process.server(data / "live") as clients:
        assert await letters.put(put, clients)
        for step in count(1):
            with Faults(data, step, code) as faults:
                await letters.put(put, clients)
            assert await letters.put(put, clients), faults.calls[step - 1 :]
            if len(faults.calls) < step:
                break
        letters.are(await clients.contents())
        one_process.copied(data / "live", data / "killed")
    return letters


CASES = [
    pytest.param(put, octets, code, id=f"{put.__name__} {octets} {errno.errorcode[code]}")
    for put, octets in ((delivered, 1000), (delivered_to_both, 600_000), (appended, 1000), (appended, 600_000))
    for code in (errno.ENOSPC, errno.EIO)
]


@pytest.mark.parametrize(("put", "octets", "code"), CASES)
def test_a_fault_at_any_step_costs_nothing_but_a_second_try(tmp_path: Path, put: Put, octets: int, code: int) -> None:
    async def test() -> None:
        letters = await each_step_fails(tmp_path, put, octets, code)
        for life in ("live", "killed"):
            async with one_process.server(tmp_path / life) as clients:
                letters.are(await clients.contents())

    asyncio.run(test())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_stays_broken_is_served_again_once_it_works(tmp_path: Path, code: int) -> None:
    async def test() -> None:
        letters = Letters(1000)
        async with one_process.server(tmp_path) as clients:
            assert await letters.put(delivered, clients)
            with Faults(tmp_path, 1, code, lasting=True):
                assert not any([await letters.put(delivered, clients) for _ in range(3)])
            assert await letters.put(delivered, clients)
            letters.are(await clients.contents())

    asyncio.run(test())
