"""Failed log-ins make the next ones wait, longer each time: per account, and per address they come from.

A password that was right a short while ago is never held up, so nobody locks an account's own client out.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol

from tayori.errors import TryLater
from tayori.ports import Clock

FREE = {"account": 5, "address": 20}  # failures without any wait; behind one address there may be many people
LONGEST = 300.0  # seconds between two tries, at most
FORGOTTEN = 3600.0  # seconds after the last failure
MAX_KEPT = 50_000


class Failures(Protocol):
    """The counts; a shared map over workers serves as well as the dictionary below."""

    def get(self, key: str) -> tuple[int, float]:
        """How many in a row, and when the last was; (0, 0.0) for none."""

    def put(self, key: str, count: int, last: float) -> None: ...

    def drop(self, key: str) -> None: ...


class LocalFailures:
    """Of this process alone; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float]] = {}

    def get(self, key: str) -> tuple[int, float]:
        return self._kept.get(key, (0, 0.0))

    def put(self, key: str, count: int, last: float) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (count, last)
        if len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)


@dataclass(slots=True)
class Throttle:
    failures: Failures
    clock: Clock

    def check(self, login: str, address: str) -> None:
        """Raises TryLater, with the seconds to wait."""
        now = self.clock.now()
        wait = max((self._until(kind, key) - now for kind, key in _keys(login, address)), default=0.0)
        if wait > 0:
            seconds = int(wait) + 1
            raise TryLater(f"Too many failed log-ins, try again in {seconds} second{'s' if seconds > 1 else ''}")

    def failed(self, login: str, address: str) -> None:
        now = self.clock.now()
        for kind, key in _keys(login, address):
            count, last = self.failures.get(f"{kind} {key}")
            self.failures.put(f"{kind} {key}", count + 1 if last > now - FORGOTTEN else 1, now)

    def succeeded(self, login: str) -> None:
        """The address keeps its count: who guesses may own an account too."""
        self.failures.drop(f"account {login}")

    def _until(self, kind: str, key: str) -> float:
        count, last = self.failures.get(f"{kind} {key}")
        over = count - FREE[kind]
        return last + min(2.0**over, LONGEST) if over >= 0 else 0.0


def _keys(login: str, address: str) -> list[tuple[str, str]]:
    network = _network(address)
    return [("account", login), ("address", network)] if network else [("account", login)]


def _network(address: str) -> str:
    """A /64 of IPv6 is one customer; "" for this machine, where a webmail speaks for all its users."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""  # "unix"
    if found.is_loopback:
        return ""
    return address if found.version == 4 else str(ip_network((found, 64), strict=False))
