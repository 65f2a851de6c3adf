"""net/signals.py: who is still starting, or has nearly ended, is not ended by force."""

import os
import signal
from collections.abc import Iterator

import pytest

from tayori.net import signals
from tayori.net.signals import Signals


@pytest.fixture(autouse=True)
def _same_signals_afterwards() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in signals.OF_PEOPLE}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    while signal.sigtimedwait(signals.OF_PEOPLE, 0) is not None:
        pass
    for number, handler in handlers.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_what_came_during_the_start_is_taken_when_somebody_listens() -> None:
    signals.hold_back()
    signal.raise_signal(signal.SIGTERM)
    with Signals(signals.OF_PEOPLE) as came:
        assert came.taken() == {signal.SIGTERM}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_that_is_held_back_can_be_asked_for(number: int) -> None:
    signals.hold_back()
    assert not signals.is_wanted_to_stop()
    signal.raise_signal(number)
    assert signals.is_wanted_to_stop()


def test_a_second_stop_ends_nothing_by_force() -> None:
    with Signals(signals.OF_PEOPLE):
        pass
    signal.raise_signal(signal.SIGTERM)
    assert signals.is_wanted_to_stop()


def test_what_is_heard_meanwhile_is_held_back_afterwards() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    with signals.heard():
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


def test_a_child_is_not_ended_before_it_can_say_so() -> None:
    with Signals(signals.OF_PEOPLE) as ours:
        if not (pid := ours.fork()):
            signal.raise_signal(signal.SIGTERM)
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
