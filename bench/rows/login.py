"""Log-ins: a new connection, LOGIN, SELECT, LOGOUT."""

import statistics
import time
from collections.abc import Callable
from itertools import cycle

from bench.figures import Figure
from bench.load.imap import visit
from bench.load.loop import Loop
from bench.rows.row import Leg, Row

CONNECTIONS = 10
WARMING = 8  # visits an account: connections fall on a server's processes by chance, and each may have a cache


def _first_login(leg: Leg, account: str) -> float:
    """Milliseconds of a log-in whose password no cache knows."""
    begin = time.perf_counter()
    leg.imap(account).socket.close()
    return (time.perf_counter() - begin) * 1000


class Visits:
    """Visits to some accounts in turn, CONNECTIONS at a time."""

    def __init__(self, leg: Leg, accounts: list[str]) -> None:
        self._address, self._accounts = leg.system.addresses["imap"], cycle(accounts)
        self._loop = Loop()
        self.opened = 0

    def _count(self) -> None:
        self.opened += 1

    def run(self, more: Callable[[], bool]) -> None:
        """Begin a visit whenever another has ended, as long as there are to be more."""

        def another() -> None:
            if more():
                self._loop.start(self._address, visit(next(self._accounts), self._count), ended=another)

        for _ in range(CONNECTIONS):
            another()
        self._loop.run()


def visits(leg: Leg) -> Figure:
    """10 clients at a time connect, LOGIN, SELECT INBOX and LOGOUT over and over for a twelfth of the time, on 20
    accounts that have each logged in 8 times before, so that every process of a server may have the verification
    cached; the first log-in is timed beside.
    """
    accounts = leg.accounts(20)
    first = statistics.median(_first_login(leg, account) for account in accounts)
    warming, measured = Visits(leg, accounts), Visits(leg, accounts)
    warming.run(lambda: warming.opened < WARMING * len(accounts))
    with leg.meter() as meter:
        until = time.monotonic() + leg.scale.seconds / 12
        measured.run(lambda: time.monotonic() < until)
    return meter.rate(measured.opened, first_login_ms=first)


ROWS = [Row("login", "LOGIN + SELECT, verification cached", "/s", visits, 2, beside="stock", fresh=True)]
