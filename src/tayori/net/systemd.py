"""What systemd and we tell each other: sd_notify(3) and sd_listen_fds(3). Without systemd nothing happens here."""

import os
import socket
import time

from tayori.net.sockets import Passed
from tayori.net.start import CannotStart

FIRST_PASSED = 3  # SD_LISTEN_FDS_START


class Notifier:
    """Tells the service manager how we are; made once, in the supervisor, before anything is forked.

    `watchdog`: the seconds within which it wants to hear of us again and again, 0.0 for never.
    """

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")  # workers and what they start have nothing to tell
        self.watchdog = _watchdog()

    def ready(self, status: str) -> None:
        self._tell(f"READY=1\nSTATUS={status}\nMAINPID={os.getpid()}")

    def status(self, status: str) -> None:
        self._tell(f"STATUS={status}")

    def reloading(self) -> None:
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._tell("STOPPING=1\nSTATUS=stopping")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        address = self._address.replace("@", "\0", 1) if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            try:
                out.sendto(what.encode(), address)
            except OSError:
                pass  # mail is served whether anybody listens or not


def _watchdog() -> float:
    """WATCHDOG_USEC, where it is meant for us."""
    wanted, whose = os.environ.pop("WATCHDOG_USEC", ""), os.environ.pop("WATCHDOG_PID", "")
    if not wanted.isdigit() or whose not in ("", str(os.getpid())):
        return 0.0
    return int(wanted) / 1_000_000


def passed() -> list[Passed]:
    """The sockets that were open when we were started; asked for once. Raises CannotStart: not what we can use."""
    whose, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if whose != str(os.getpid()) or not count.isdigit():
        return []
    names += [""] * int(count)
    return [_passed(FIRST_PASSED + nth, names[nth]) for nth in range(int(count))]


def _passed(number: int, name: str) -> Passed:
    try:
        found = socket.socket(fileno=number)
    except OSError as cause:
        raise CannotStart(f"file descriptor {number} was passed as {name!r} and is no socket") from cause
    if found.type != socket.SOCK_STREAM:
        raise CannotStart(f"file descriptor {number} was passed as {name!r} and is no stream; use ListenStream=")
    found.set_inheritable(False)
    return Passed(name, found)
