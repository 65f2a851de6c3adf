"""The disk fails at each step in turn: nothing acknowledged is lost, nothing refused is seen, then or after a crash."""

import asyncio
import errno
import re
from collections.abc import Awaitable
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.faults import Faults
from aids.way_in import ALICE, BOB, append, deliver, killed, large, new_spool
from tayori.errors import NoSpace, Refusal
from tayori.model import Receipt
from tayori.spool import Spool, replay

SUBJECT = re.compile(rb"Subject: \d\d")
Outcome = dict[bytes, Receipt | BaseException]


def letter(number: int, octets: int = 0) -> bytes:
    return b"Subject: %d\r\n\r\n" % number + (large(octets) if octets else b"A letter.\r\n")


async def busy(spool: Spool, outcomes: Outcome) -> None:
    """Small and large messages, some together, some after a settling."""
    for number in (10, 20):
        await asyncio.gather(
            _tried(number, deliver(spool, letter(number)), outcomes),
            _tried(number + 1, deliver(spool, letter(number + 1), ALICE, BOB), outcomes),
            _tried(number + 2, deliver(spool, letter(number + 2, 300_000), BOB), outcomes),
            _tried(number + 3, append(spool, letter(number + 3, 200_000)), outcomes),
            _tried(number + 4, append(spool, letter(number + 4, 200_000)), outcomes),
        )
        await _tried(number + 5, deliver(spool, letter(number + 5)), outcomes)
        await asyncio.gather(spool._settling.settle(), return_exceptions=True)


async def _tried(number: int, sent: Awaitable[Receipt], outcomes: Outcome) -> None:
    (outcomes[b"Subject: %d" % number],) = await asyncio.gather(sent, return_exceptions=True)


def subjects(applier: MemoryApplier) -> list[bytes]:
    return sorted(line for content in applier.contents() for line in content.split(b"\r\n")[:9] if SUBJECT.match(line))


def acknowledged(outcomes: Outcome) -> list[bytes]:
    """The subjects, as often as there are placements."""
    return sorted(
        subject for subject, outcome in outcomes.items() if isinstance(outcome, Receipt) for _ in outcome.placements
    )


def life(data: Path, applier: MemoryApplier, faults: Faults) -> Outcome:
    """One that ends without a word after the fault."""
    outcomes: Outcome = {}

    async def with_faults(spool: Spool) -> None:
        with faults:
            await busy(spool, outcomes)
        await spool.in_turn(lambda: None)

    killed(data, with_faults, applier)
    return outcomes


def steps(data: Path) -> list[str]:
    faults = Faults(data)
    outcomes = life(data, MemoryApplier(), faults)
    assert len(acknowledged(outcomes)) == 14
    return faults.calls


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_each_step_fails_once(tmp_path: Path, code: int) -> None:
    names = steps(tmp_path / "sound")
    assert {name.split()[0] for name in names} >= {"pwritev", "fdatasync", "fsync", "rename", "open", "write"}
    for step in range(1, len(names) + 1):
        applier, data = MemoryApplier(), tmp_path / str(step)
        outcomes = life(data, applier, Faults(data, step, code))
        assert subjects(applier) == acknowledged(outcomes), names[step - 1]
        assert all(isinstance(outcome, Receipt | Refusal) for outcome in outcomes.values())
        applier.power_cut()
        asyncio.run(replay(data, applier))
        assert subjects(applier) == acknowledged(outcomes), names[step - 1]
        assert not list((data / "spool" / "large").iterdir())


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_everything_fails_from_a_step_on(tmp_path: Path, code: int) -> None:
    names = steps(tmp_path / "sound")
    for step in range(1, len(names) + 1, 3):
        applier, data = MemoryApplier(), tmp_path / str(step)
        outcomes = life(data, applier, Faults(data, step, code, lasting=True))
        assert subjects(applier) == acknowledged(outcomes), names[step - 1]
        applier.power_cut()
        asyncio.run(replay(data, applier))
        found = subjects(applier)  # what was refused may come back if the disk could not even note that
        assert all(found.count(subject) >= 1 for subject in acknowledged(outcomes)), names[step - 1]
        assert len(found) == len(set(found) - _twice(outcomes)) + 2 * len(set(found) & _twice(outcomes))


def _twice(outcomes: Outcome) -> set[bytes]:
    """Subjects that go to two accounts."""
    return {subject for subject in outcomes if subject in (b"Subject: 11", b"Subject: 21")}


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    async def life(spool: Spool) -> None:
        with Faults(tmp_path, 1, errno.ENOSPC, lasting=True), pytest.raises(NoSpace):
            await deliver(spool)

    killed(tmp_path, life, MemoryApplier())


def test_a_start_that_fails_may_be_tried_again(tmp_path: Path) -> None:
    with Faults(tmp_path) as sound:
        killed(tmp_path / "sound", deliver, MemoryApplier())
    for step in range(1, len(sound.calls) + 1):
        data, applier = tmp_path / str(step), MemoryApplier()

        async def first(data: Path = data, applier: MemoryApplier = applier, step: int = step) -> None:
            spool = new_spool(data, applier)
            with Faults(data, step):
                await asyncio.gather(spool.start(), return_exceptions=True)
            await asyncio.gather(spool.drain(), return_exceptions=True)

        asyncio.run(first())
        killed(data, deliver, applier)
        assert len(applier.contents()) == 1
