"""net/shared.py: counts that processes share without locks."""

import os
from collections.abc import Callable

import pytest

from tayori.directory.throttle import Failures as Wanted
from tayori.directory.verifier import Right as WantedRight
from tayori.net.shared import BUCKETS, MARKS, WAYS, Connections, Failures, Overflow, Right


def in_another_process(work: Callable[[], object]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def test_connections_of_one_address_are_counted_over_workers() -> None:
    connections = Connections(workers=2, limit=3)
    first, second = connections.door(0), connections.door(1)
    assert [door.admit("192.0.2.1") for door in (first, second, first, second)] == [True, True, True, False]


def test_who_leaves_makes_room() -> None:
    door = Connections(workers=1, limit=1).door(0)
    assert door.admit("192.0.2.1")
    door.leave("192.0.2.1")
    assert door.admit("192.0.2.1")


def test_another_address_is_not_held_up() -> None:
    door = Connections(workers=1, limit=1).door(0)
    assert door.admit("192.0.2.1")
    assert door.admit("192.0.2.2")


@pytest.mark.parametrize(("other", "admitted"), [("2001:db8::2", False), ("2001:db8:0:1::1", True)])
def test_a_64_of_ipv6_is_one_peer(other: str, admitted: bool) -> None:
    door = Connections(workers=1, limit=1).door(0)
    assert door.admit("2001:db8::1")
    assert door.admit(other) is admitted


def test_connections_of_another_process_are_seen() -> None:
    connections = Connections(workers=2, limit=1)
    in_another_process(lambda: connections.door(1).admit("192.0.2.1"))
    assert not connections.door(0).admit("192.0.2.1")


def test_a_dead_workers_connections_are_forgotten() -> None:
    connections = Connections(workers=2, limit=1)
    in_another_process(lambda: connections.door(1).admit("192.0.2.1"))
    connections.clear(1)
    assert connections.door(0).admit("192.0.2.1")


def test_a_new_limit_counts_at_once() -> None:
    connections = Connections(workers=1, limit=1)
    door = connections.door(0)
    assert door.admit("192.0.2.1")
    connections.limit = 2
    assert door.admit("192.0.2.1")


def test_failures_are_what_the_directory_wants() -> None:
    wanted: Wanted = Failures(workers=1)
    assert wanted.get("account alice@example.org") == (0, 0.0)


def test_failures_add_up_over_workers() -> None:
    failures = Failures(workers=2)
    for worker, when in ((0, 10.0), (1, 30.0), (0, 20.0)):
        mine = failures.of(worker)
        mine.put("a", mine.get("a")[0] + 1, when)
    assert failures.of(1).get("a") == (3, 30.0)


def test_failures_of_another_process_are_seen() -> None:
    failures = Failures(workers=2)
    in_another_process(lambda: failures.of(1).put("a", 4, 10.0))
    assert failures.of(0).get("a") == (4, 10.0)


def test_a_success_forgets_failures_of_all_workers() -> None:
    failures = Failures(workers=2)
    in_another_process(lambda: failures.of(1).put("a", 4, 10.0))
    failures.of(0).drop("a")
    assert failures.of(1).get("a") == (0, 0.0)


def test_starting_anew_at_one_forgets_what_this_worker_counted() -> None:
    mine = Failures(workers=1)
    mine.put("a", 9, 10.0)
    mine.put("a", 1, 9999.0)
    assert mine.get("a") == (1, 9999.0)


def test_the_newest_failures_are_kept_when_there_are_too_many() -> None:
    failures = Failures(workers=1)
    for number in range(4 * BUCKETS * WAYS):
        failures.put(f"account {number}", 1, float(number + 1))
    newest = [failures.get(f"account {number}")[0] for number in range(4 * BUCKETS * WAYS - 100, 4 * BUCKETS * WAYS)]
    assert newest == [1] * 100


def test_a_mark_is_taken_once_by_whom_it_is_for() -> None:
    overflow = Overflow(2)
    in_another_process(lambda: overflow.mark(1))
    assert [overflow.take(0), overflow.take(1), overflow.take(1)] == [False, True, False]


def mark(number: int) -> bytes:
    return number.to_bytes(16, "little")


def test_what_was_right_in_one_process_is_right_in_all() -> None:
    right: WantedRight = Right()
    if not (child := os.fork()):
        right.keep(mark(7), 300.5, 0.0)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (right.until(mark(7)), right.until(mark(8))) == (300.5, 0.0)


def test_of_two_passwords_at_one_place_the_later_is_remembered() -> None:
    right = Right()
    right.keep(mark(7), 300.5, 0.0)
    right.keep(mark(7 + MARKS), 301.5, 0.0)
    assert (right.until(mark(7)), right.until(mark(7 + MARKS))) == (0.0, 301.5)


def test_each_server_has_a_key_of_its_own() -> None:
    assert len(Right().key) == 32
    assert Right().key != Right().key
