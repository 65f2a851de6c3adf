"""APPEND, a message at a time on each connection."""

import time
from collections.abc import Callable

from bench import corpus
from bench.figures import Figure
from bench.load.imap import append_command, appends
from bench.load.loop import Loop
from bench.machine.disk import sync_file_system
from bench.rows.row import Leg, Row

POOL = 500  # different messages in the round


def _appended(leg: Leg, connections: int) -> Figure:
    accounts = leg.accounts(connections)
    before = [_messages(leg, account) for account in accounts]
    commands = [append_command("INBOX", content) for content in corpus.messages(POOL)]
    counts = [0] * connections

    def counted(place: int) -> Callable[[], None]:
        def count() -> None:
            counts[place] += 1

        return count

    loop = Loop()
    with leg.meter() as meter:
        until = time.monotonic() + leg.scale.seconds / 6
        for place, account in enumerate(accounts):
            loop.start(leg.system.addresses["imap"], appends(account, commands, until, counted(place)))
        loop.run()
        sync_file_system(leg.directory)
    shown = [_messages(leg, account) for account in accounts]
    assert [a + b for a, b in zip(before, counts, strict=True)] == shown, f"{before} + {counts} became {shown}"
    return meter.rate(sum(counts))


def _messages(leg: Leg, account: str) -> int:
    with leg.imap(account) as client:
        return client.messages("INBOX")


def one_connection(leg: Leg) -> Figure:
    """One connection APPENDs the mixed corpus (4 KB on average) to an INBOX for a sixth of the time; a sync
    of the file system at the end is inside the time, and STATUS must then count every message.
    """
    return _appended(leg, 1)


def ten_connections(leg: Leg) -> Figure:
    """The same from 10 connections to 10 accounts."""
    return _appended(leg, 10)


ROWS = [
    Row("append", "APPEND 4 KB, 1 connection", "/s", one_connection, 2, beside="mdbox"),
    Row("append-10", "APPEND 4 KB, 10 connections", "/s", ten_connections, 2, beside="mdbox"),
]
