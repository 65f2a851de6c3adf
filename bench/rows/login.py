"""Log-ins: a new connection, LOGIN, SELECT, LOGOUT."""

import time

from bench.figures import Figure
from bench.load.imap import visit
from bench.load.loop import Loop
from bench.rows.row import Leg, Row

CONNECTIONS = 10


def _first_login(leg: Leg, account: str) -> float:
    """Milliseconds of a log-in whose password no cache knows."""
    begin = time.perf_counter()
    leg.imap(account).socket.close()
    return (time.perf_counter() - begin) * 1000


def visits(leg: Leg) -> Figure:
    """10 clients at a time connect, LOGIN, SELECT INBOX and LOGOUT over and over for a twelfth of the time, on
    20 accounts that have logged in before, so that a server may have their verification cached; the first
    log-in is timed beside.
    """
    accounts = leg.accounts(20)
    first = min(_first_login(leg, account) for account in accounts)
    loop, seen, place = Loop(), [0], [0]

    def opened() -> None:
        seen[0] += 1

    with leg.meter() as meter:
        until = time.monotonic() + leg.scale.seconds / 12

        def another() -> None:
            if time.monotonic() < until:
                place[0] += 1
                account = accounts[place[0] % len(accounts)]
                loop.start(leg.system.addresses["imap"], visit(account, opened), ended=another)

        for _ in range(CONNECTIONS):
            another()
        loop.run()
    return meter.rate(seen[0], first_login_ms=first)


ROWS = [Row("login", "LOGIN + SELECT, verification cached", "/s", visits, 2, stock=True, fresh=True)]
