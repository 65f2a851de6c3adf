"""The supervisor: starts all processes, replaces what dies, tells them to reload and to stop. DESIGN section 4.

    owner = start.owner(config.data, config.user)
    start.make(config.data, owner)
    with start.held(config.data):
        ports = sockets.bind_all(config.listen, workers, systemd.passed())
        start.become(owner)
        ...import all that serving needs, make certificates and shared maps...
        return supervise(
            [Role("front", workers, front, ports, connections.clear), Role("keeper", 1, keeper)],
            check=lambda: "",                 # SIGHUP: what is wrong with the new settings; "" lets everyone reload
            first=replay or None,             # runs in a process of its own before all others; 0 is success
        )

Laws: a process that is told to stop in order keeps its work; the role that stands last is told when all others have
ended. The supervisor does no work that may wait and has no thread and no loop; what `check` learns (the new settings)
must be kept here too, for successors are forked from here.
"""

import gc
import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from tayori.net import sockets
from tayori.net.role import READY, RELOAD, STOP, Control, Role
from tayori.net.signals import Signals
from tayori.net.sockets import Port
from tayori.net.start import CannotStart
from tayori.net.systemd import Notifier

log = logging.getLogger("tayori.workers")

HURRY = 7.0  # seconds after a stop when all but the last role are killed; promised are ten for everything
END = 9.0  # seconds after a stop when what still runs is killed
STEADY = 10.0  # seconds that a process must live so that its death counts as the first
PAUSES = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a successor, by the number of quick deaths before it

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


def supervise(roles: Sequence[Role], check: Callable[[], str], first: Callable[[], int] | None = None) -> int:
    """Run all until a stop: 0, or 1 if one could not start. `ready …` is said when all are ready."""
    gc.collect()
    gc.freeze()
    return Supervisor(roles, check, Notifier()).run(first)


@dataclass(slots=True)
class Place:
    """One process of a role, and its successors."""

    role: Role
    index: int
    pid: int = 0  # 0: none runs
    link: socket.socket | None = None
    born: float = 0.0
    ready: bool = False
    told: bool = False  # to stop
    killed: bool = False
    quick_deaths: int = 0
    due: float | None = None  # when a successor is to start

    def __str__(self) -> str:
        return f"{self.role.name} {self.index}"

    def tell(self, word: bytes) -> None:
        """Never waits: a process that does not listen is killed in the end."""
        try:
            if self.link is not None:
                self.link.send(word)
        except OSError:
            pass


class Supervisor:
    def __init__(self, roles: Sequence[Role], check: Callable[[], str], notifier: Notifier) -> None:
        self._places = [Place(role, index) for role in roles for index in range(role.count)]
        self._first: Place | None = None
        self._last = roles[-1]
        self._ports: list[Port] = [port for role in roles for port in role.ports]
        self._names = " ".join(sockets.names(self._ports))
        self._check = check
        self._notifier = notifier
        self._signals = Signals(SIGNALS)
        self._selector = selectors.DefaultSelector()
        self._all_ready = False  # once; a successor that starts later changes nothing
        self._stopped_at = 0.0  # 0.0: not yet
        self._reload_wanted = False
        self._exit_code = 0
        self._sign_of_life_due = 0.0

    def run(self, first: Callable[[], int] | None) -> int:
        with self._signals:
            try:
                self._selector.register(self._signals, selectors.EVENT_READ, self._look_at_signals)
                self._begin(first)
                while not self._stopped_at or any(self._running()):
                    for key, _ in self._selector.select(self._pause()):
                        key.data()
                    self._look_at_the_clock()
            finally:
                sockets.close(self._ports)
                self._selector.close()
        return self._exit_code

    def _running(self) -> Iterator[Place]:
        places = self._places if self._first is None else [self._first]
        return (place for place in places if place.pid)

    # ---- Starting

    def _begin(self, first: Callable[[], int] | None) -> None:
        if first is not None:
            self._first = Place(Role("first", 1, lambda index, bound, control: first()), 0)
            self._start(self._first)
        else:
            self._start_all()

    def _start_all(self) -> None:
        self._first = None
        for place in self._places:
            self._start(place)

    def _start(self, place: Place) -> None:
        here, there = socket.socketpair()
        sys.stdout.flush()
        place.pid = self._signals.fork()
        if not place.pid:
            here.close()
            self._be(place, there)
        there.close()
        here.setblocking(False)
        place.link, place.born, place.due, place.ready = here, time.monotonic(), None, False
        self._selector.register(here, selectors.EVENT_READ, lambda: self._listen_to(place))
        log.debug("started process=%s pid=%d", place, place.pid)

    def _be(self, place: Place, link: socket.socket) -> NoReturn:
        """The new process, which holds nothing of another's, or none would notice that the supervisor has died."""
        code = 1
        try:
            for other in self._places:
                if other.link is not None:
                    other.link.close()
            self._selector.close()
            _say_who(f"tayori {place}")
            bound = sockets.of(place.role.ports, place.index)
            sockets.leave(self._ports, [mine for _, mine in bound])
            code = place.role.run(place.index, bound, Control(link, last=place.role is self._last))
        except CannotStart as cause:
            log.error("%s", cause)
        except OSError as fault:
            log.error("fault process=%s pid=%d cause=%s; check its disk: has it room, can it be written, who owns it",
                      place, os.getpid(), fault, exc_info=log.isEnabledFor(logging.DEBUG))  # fmt: skip
        except Exception:
            log.exception("fault process=%s pid=%d", place, os.getpid())
            raise
        finally:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(code)  # what the supervisor would do at its end is not ours to do

    def _listen_to(self, place: Place) -> None:
        assert place.link is not None
        try:
            word = place.link.recv(1)
        except ConnectionError:
            word = b""
        if word == READY:
            place.ready = True
            self._announce()
        else:  # it has ended, or will: SIGCHLD tells
            self._selector.unregister(place.link)
            place.link.close()
            place.link = None

    def _announce(self) -> None:
        if self._all_ready or self._stopped_at or not all(place.ready for place in self._places):
            return
        self._all_ready = True
        log.info("ready processes=%d %s", len(self._places), self._names)
        try:
            sys.stdout.write(f"ready {self._names}\n".replace(" \n", "\n"))
            sys.stdout.flush()
        except OSError as cause:  # whoever started us does not listen
            log.debug("nobody reads the ready line: %s", cause)
        self._notifier.ready(self._names)

    # ---- What happens meanwhile

    def _look_at_signals(self) -> None:
        came = self._signals.taken()
        if came & {signal.SIGTERM, signal.SIGINT}:
            self._stop()
        if signal.SIGCHLD in came:
            self._bury()
        if signal.SIGHUP in came:
            self._reload_wanted = True

    def _bury(self) -> None:
        """Whoever has ended. As process 1 of a container others' children come to us too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for place in list(self._running()):
                if place.pid == pid:
                    place.pid = 0
                    self._ended(place, os.waitstatus_to_exitcode(status))

    def _ended(self, place: Place, code: int) -> None:
        place.role.ended(place.index)
        if self._stopped_at:
            self._tell_to_stop()
        elif place is self._first and code == 0:
            self._start_all()
        elif not self._all_ready:
            log.error("cannot start: process=%s ended %s", place, _how(code))
            self._exit_code = 1
            self._stop()
        else:
            self._replace(place, code)

    def _replace(self, place: Place, code: int) -> None:
        now = time.monotonic()
        place.quick_deaths = place.quick_deaths + 1 if now - place.born < STEADY else 0
        pause = PAUSES[min(place.quick_deaths, len(PAUSES) - 1)]
        place.due = now + pause
        log.error("replaced process=%s ended=%s pause=%.1fs", place, _how(code), pause)

    def _reload(self) -> None:
        """All or nothing: who is told finds what was found good here."""
        self._reload_wanted = False
        self._notifier.reloading()
        if problem := self._check():
            log.error("reload refused, nothing is changed: %s", problem)
        else:
            for place in self._running():
                place.tell(RELOAD)
            log.info("reload told to all processes")
        self._notifier.ready(self._names)

    # ---- Time

    def _pause(self) -> float | None:
        """Seconds until something is to be done unasked."""
        now = time.monotonic()
        if self._stopped_at:
            due = [when for when in (self._stopped_at + HURRY, self._stopped_at + END) if when > now]
        else:
            due = [place.due for place in self._places if place.due is not None]
        if self._notifier.watchdog:
            due.append(self._sign_of_life_due)
        return max(min(due) - now, 0.0) if due else None

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._notifier.watchdog and now >= self._sign_of_life_due:
            self._notifier.alive()
            self._sign_of_life_due = now + self._notifier.watchdog / 2
        if self._stopped_at:
            self._kill_the_late(now - self._stopped_at)
            return
        for place in self._places:
            if place.due is not None and now >= place.due:
                self._start(place)
        if self._reload_wanted and self._all_ready:
            self._reload()

    # ---- Stopping

    def _stop(self) -> None:
        if self._stopped_at:
            return
        self._stopped_at = time.monotonic()
        self._notifier.stopping()
        log.info("stopping")
        sockets.close(self._ports)
        if self._first is not None and self._first.pid:
            os.kill(self._first.pid, signal.SIGKILL)  # what it was at begins anew at the next start
        self._tell_to_stop()

    def _tell_to_stop(self) -> None:
        """All but the last role; it too, when they are gone."""
        others = [place for place in self._running() if place.role is not self._last]
        for place in others or self._running():
            if not place.told:
                place.told = True
                place.tell(STOP)

    def _kill_the_late(self, since: float) -> None:
        for place in self._running():
            late = since >= END or (since >= HURRY and place.role is not self._last)
            if late and not place.killed:
                place.killed = True
                log.error("killed process=%s reason=still-running seconds=%.0f", place, since)
                os.kill(place.pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"signal-{signal.Signals(-code).name}" if code < 0 else f"status-{code}"


def _say_who(name: str) -> None:
    """For ps and top; Linux shows 15 characters."""
    try:
        with open("/proc/self/comm", "w", encoding="ascii") as out:
            out.write(name)
    except OSError:
        pass
