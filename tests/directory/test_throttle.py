"""Failed log-ins make the next ones wait."""

import pytest

from aids.clock import StandingClock
from tayori.directory.throttle import FORGOTTEN, FREE, LONGEST, MAX_KEPT, LocalFailures, Throttle
from tayori.errors import TryLater

ALICE, ELSEWHERE = "alice@example.org", "192.0.2.7"


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def throttle(clock: StandingClock) -> Throttle:
    return Throttle(LocalFailures(), clock)


def fail(throttle: Throttle, times: int, login: str = ALICE, address: str = ELSEWHERE) -> None:
    for _ in range(times):
        throttle.failed(login, address)


def test_the_first_failures_cost_nothing(throttle: Throttle) -> None:
    fail(throttle, FREE["account"] - 1)
    throttle.check(ALICE, ELSEWHERE)


def test_then_the_wait_doubles_each_time(throttle: Throttle, clock: StandingClock) -> None:
    fail(throttle, FREE["account"] - 1)
    for wait in (1, 2, 4, 8):
        throttle.failed(ALICE, ELSEWHERE)
        clock.go(wait - 0.1)
        with pytest.raises(TryLater, match=r"in 1 second$"):
            throttle.check(ALICE, ELSEWHERE)
        clock.go(0.2)
        throttle.check(ALICE, ELSEWHERE)


def test_the_wait_has_an_end(throttle: Throttle, clock: StandingClock) -> None:
    fail(throttle, 1000)
    clock.go(LONGEST + 1)
    throttle.check(ALICE, ELSEWHERE)


def test_a_log_in_that_works_ends_the_accounts_wait(throttle: Throttle) -> None:
    fail(throttle, FREE["account"])
    throttle.succeeded(ALICE)
    throttle.check(ALICE, ELSEWHERE)


def test_old_failures_are_forgotten(throttle: Throttle, clock: StandingClock) -> None:
    fail(throttle, FREE["account"])
    clock.go(FORGOTTEN + 1)
    fail(throttle, 1)
    throttle.check(ALICE, ELSEWHERE)


def test_who_tries_many_accounts_waits_for_all_of_them(throttle: Throttle) -> None:
    for number in range(FREE["address"]):
        throttle.failed(f"user{number}", ELSEWHERE)
    throttle.check("user", "192.0.2.8")
    with pytest.raises(TryLater):
        throttle.check("user", ELSEWHERE)


def test_an_account_that_works_does_not_clear_its_address(throttle: Throttle) -> None:
    for number in range(FREE["address"]):
        throttle.failed(f"user{number}", ELSEWHERE)
    throttle.succeeded("user0")
    with pytest.raises(TryLater):
        throttle.check("user", ELSEWHERE)


def test_one_network_of_ipv6_is_one_address(throttle: Throttle) -> None:
    for number in range(FREE["address"]):
        throttle.failed(f"user{number}", f"2001:db8::{number:x}")
    with pytest.raises(TryLater):
        throttle.check("user", "2001:db8::ffff:1%eth0")
    throttle.check("user", "2001:db8:0:1::1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "unix"])
def test_this_machine_is_not_held_up_for_its_users(throttle: Throttle, address: str) -> None:
    for number in range(2 * FREE["address"]):
        throttle.failed(f"user{number}", address)
    throttle.check("user", address)


def test_the_oldest_counts_go_when_there_are_too_many() -> None:
    failures = LocalFailures()
    for number in range(MAX_KEPT + 1):
        failures.put(str(number), 1, 1.0)
    assert (failures.get("0"), failures.get("1")) == ((0, 0.0), (1, 1.0))
