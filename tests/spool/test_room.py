"""Room is asked before the promise."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from aids.clock import StandingClock
from tayori.errors import NoSpace, TryLater
from tayori.spool import Settings
from tayori.spool.room import Room

MIB = 2**20


class Disk:
    """What statvfs says."""

    def __init__(self, patch: pytest.MonkeyPatch, octets: int, files: int = 10_000) -> None:
        self.octets, self.files, self.asked = octets, files, 0
        self.counts_files = True
        patch.setattr(os, "statvfs", self.statvfs)

    def statvfs(self, path: Path) -> object:
        self.asked += 1
        return SimpleNamespace(
            f_bavail=self.octets // 4096, f_frsize=4096, f_favail=self.files, f_files=int(self.counts_files)
        )


def room(clock: StandingClock | None = None) -> Room:
    return Room(Path(), Settings(reserve=32 * MIB, reserve_files=1000), clock or StandingClock())


def test_nothing_is_promised_under_the_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 31 * MIB)
    with pytest.raises(NoSpace):
        room().check()


def test_a_message_needs_room_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 52 * MIB)
    asked = room()
    asked.check(10 * MIB)
    with pytest.raises(NoSpace):
        asked.check(11 * MIB)


def test_what_was_promised_to_others_is_not_promised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 52 * MIB)
    asked = room()
    asked.promised = 10 * MIB
    asked.check()
    with pytest.raises(NoSpace):
        asked.check(MIB)


def test_nothing_is_promised_without_inodes(monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 100 * MIB, files=999)
    with pytest.raises(NoSpace):
        room().check()


def test_a_file_system_that_counts_no_inodes_is_not_full(monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 100 * MIB, files=0).counts_files = False
    room().check()


def test_the_system_is_asked_five_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    disk, clock = Disk(monkeypatch, 100 * MIB), StandingClock()
    asked = room(clock)
    for _ in range(100):
        asked.check()
        clock.go(0.01)
    assert disk.asked <= 6


def test_a_clock_put_back_does_not_keep_an_old_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    disk, clock = Disk(monkeypatch, 100 * MIB), StandingClock()
    asked = room(clock)
    asked.check()
    disk.octets = 0
    clock.go(-1000)
    with pytest.raises(NoSpace):
        asked.check()


def test_a_disk_that_does_not_answer_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise OSError(errno.EIO, "failed")

    monkeypatch.setattr(os, "statvfs", fails)
    with pytest.raises(TryLater):
        room().check()


def test_room_that_was_just_made_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, 0)
    asked = room()
    with pytest.raises(NoSpace):
        asked.check()
    disk.octets = 100 * MIB
    asked.check()
