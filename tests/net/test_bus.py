"""net/bus.py: hints arrive, or the receiver looks everywhere."""

import os
from collections.abc import Callable, Iterator

import pytest

from aids.wait import until
from tayori.model import Account
from tayori.net.bus import DROP_HINTS, Bus, LocalHints, Member

ALICE, BOB = Account("alice@example.org"), Account("bob@example.org")


class Ear:
    """What one process hears."""

    def __init__(self) -> None:
        self.newest: dict[Account, int] = {}
        self.heard = 0
        self.everywhere = 0

    def hint(self, account: Account, modseq: int) -> None:
        self.newest[account] = modseq
        self.heard += 1

    def look_everywhere(self) -> None:
        self.everywhere += 1


@pytest.fixture
def bus() -> Iterator[Bus]:
    made = Bus(3)
    yield made
    made.close()


def in_another_process(work: Callable[[], None]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def listening(bus: Bus, index: int) -> tuple[Member, Ear]:
    member, ear = bus.member(index), Ear()
    member.open(ear.hint, ear.look_everywhere)
    ear.everywhere = 0
    return member, ear


async def test_everyone_hears_of_a_change(bus: Bus) -> None:
    members = [listening(bus, index) for index in range(3)]
    members[0][0].changed(ALICE, 7)
    await until(lambda: all(ear.newest == {ALICE: 7} for _, ear in members))


async def test_everyone_hears_a_speaker_who_hears_nobody(bus: Bus) -> None:
    (first, one), (_, other) = listening(bus, 0), listening(bus, 1)
    speaker = bus.speaker()
    speaker.speak()
    first.changed(BOB, 3)
    speaker.changed(ALICE, 7)
    await until(lambda: other.newest == {ALICE: 7, BOB: 3} and one.newest == {ALICE: 7, BOB: 3})
    speaker.close()


async def test_the_speaker_hears_it_before_the_call_returns(bus: Bus) -> None:
    speaker, ear = listening(bus, 0)
    speaker.changed(ALICE, 7)
    assert ear.newest == {ALICE: 7}


async def test_changes_between_two_rounds_of_the_loop_arrive_as_one(bus: Bus) -> None:
    speaker, _ = listening(bus, 0)
    _, ear = listening(bus, 1)
    for modseq in (5, 6, 7):
        speaker.changed(ALICE, modseq)
    speaker.changed(BOB, 3)
    await until(lambda: ear.newest == {ALICE: 7, BOB: 3})
    assert ear.heard == 2


async def test_a_full_queue_makes_the_receiver_look_everywhere(bus: Bus) -> None:
    speaker = bus.member(0)
    for number in range(50_000):
        speaker.changed(Account(f"user{number}@example.org"), 1)
    speaker.close()
    late, ear = bus.member(1), Ear()
    late.open(ear.hint, ear.look_everywhere)
    await until(lambda: ear.everywhere > 0)


async def test_a_queue_that_fills_later_makes_the_receiver_look_everywhere(bus: Bus) -> None:
    speaker = bus.member(0)
    _, ear = listening(bus, 1)
    for number in range(50_000):
        speaker.changed(Account(f"user{number}@example.org"), 1)
    speaker.close()
    await until(lambda: ear.everywhere > 0)


async def test_a_successor_looks_everywhere_first(bus: Bus) -> None:
    member, ear = bus.member(0), Ear()
    member.open(ear.hint, ear.look_everywhere)
    assert ear.everywhere == 1


async def test_a_hint_crosses_processes(bus: Bus) -> None:
    _, ear = listening(bus, 0)

    def speak() -> None:
        speaker = bus.member(1)
        speaker.changed(ALICE, 9)
        speaker.close()

    in_another_process(speak)
    await until(lambda: ear.newest == {ALICE: 9})


async def test_hints_can_be_thrown_away_for_tests(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DROP_HINTS, "1")
    (speaker, own), (other, ear) = listening(bus, 0), listening(bus, 1)
    speaker.changed(ALICE, 7)
    speaker.close()
    other.close()
    assert (own.heard, ear.heard) == (0, 0)


def test_one_process_hears_itself_once_somebody_listens() -> None:
    hints, ear = LocalHints(), Ear()
    hints.changed(ALICE, 1)
    hints.on_hint = ear.hint
    hints.changed(ALICE, 2)
    assert ear.newest == {ALICE: 2}
