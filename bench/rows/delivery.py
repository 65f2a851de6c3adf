"""Deliveries by SMTP, counted when IMAP shows them."""

import time
from collections.abc import Callable
from functools import cache

from bench import corpus
from bench.figures import Figure
from bench.load.loop import Loop, Lost
from bench.load.smtp import Letters, deliveries, submission
from bench.machine.disk import sync_file_system
from bench.rows.row import Leg, Row

POOL = 2_000  # different messages in the round
LARGE, LARGE_POOL = 100_000, 50
BATCH = 20  # log-ins under way at a time
DRAIN = 600.0  # seconds that a queue may take to empty
POLL = 0.02  # seconds between looks


@cache
def _small() -> list[bytes]:
    return [corpus.dot_stuffed(content) for content in corpus.messages(POOL)]


@cache
def _large() -> list[bytes]:
    return [corpus.dot_stuffed(corpus.large_message(number, LARGE)) for number in range(LARGE_POOL)]


class Inboxes:
    """The INBOX of each account, looked at over a connection that is logged in before the clock starts."""

    def __init__(self, leg: Leg, accounts: list[str]) -> None:
        self._clients = {account: leg.imap(account) for account in accounts}
        self._before = self._shown(accounts)

    def _shown(self, accounts: list[str]) -> dict[str, int]:
        shown = {}
        for start in range(0, len(accounts), BATCH):
            batch = accounts[start : start + BATCH]
            for account in batch:
                self._clients[account].ask_messages("INBOX")
            shown.update({account: self._clients[account].told_messages() for account in batch})
        return shown

    def await_all(self, letters: Letters) -> None:
        """Return when each INBOX shows all that was acknowledged for it.

        Raises Lost: it never does. Raises AssertionError: one shows more.
        """
        wanted = {account: self._before[account] + letters.acknowledged[account] for account in self._clients}
        deadline = time.monotonic() + DRAIN
        missing = list(wanted)
        while missing:
            shown = self._shown(missing)
            doubled = [account for account in missing if shown[account] > wanted[account]]
            assert not doubled, f"{doubled[0]} shows {shown[doubled[0]]} messages, {wanted[doubled[0]]} were sent"
            missing = [account for account in missing if shown[account] < wanted[account]]
            if time.monotonic() > deadline:
                raise Lost(f"{len(missing)} accounts never show all their messages")
            if missing:
                time.sleep(POLL)

    def close(self) -> None:
        """Drop the connections."""
        for client in self._clients.values():
            client.socket.close()


def _settled(leg: Leg, acknowledged: float) -> None:
    """All is on the disk: the time in which a system settles by itself is over, and its file system is synced."""
    time.sleep(max(0.0, acknowledged + leg.system.settling - time.monotonic()))
    sync_file_system(leg.directory)


def _delivered(leg: Leg, letters: Letters, accounts: list[str], load: Callable[[Loop], None]) -> Figure:
    inboxes = Inboxes(leg, accounts)
    loop = Loop()
    with leg.meter() as meter:
        load(loop)
        loop.run()
        acknowledged = time.monotonic()
        sending = acknowledged + meter.wall
        inboxes.await_all(letters)
        shown = time.monotonic() - acknowledged
        _settled(leg, acknowledged)
    inboxes.close()
    return meter.rate(letters.acknowledged.total(), sending_s=sending, shown_after_s=shown)


def _sustained(leg: Leg, seconds: float, connections: int, accounts: int, contents: list[bytes]) -> Figure:
    own = leg.accounts(accounts)
    letters = Letters(own, contents)

    def load(loop: Loop) -> None:
        until = time.monotonic() + seconds
        for _ in range(connections):
            loop.start(leg.system.addresses["smtp"], deliveries(letters, until))

    return _delivered(leg, letters, own, load)


def twenty_accounts(leg: Leg) -> Figure:
    """50 connections send the mixed corpus (4 KB on average) to 20 accounts for the whole time; the clock stops
    when IMAP shows every message and the file system is synced, for Tayori not before 1.5 s after the last
    acknowledgement.
    """
    return _sustained(leg, leg.scale.seconds, 50, 20, _small())


def thousand_accounts(leg: Leg) -> Figure:
    """The same to 1,000 accounts in turn, for half of the time."""
    return _sustained(leg, leg.scale.seconds / 2, 50, leg.scale.accounts, _small())


def one_connection(leg: Leg) -> Figure:
    """The same from one connection to 20 accounts, for a third of the time."""
    return _sustained(leg, leg.scale.seconds / 3, 1, 20, _small())


def large(leg: Leg) -> Figure:
    """Messages of 100 KB from 10 connections to 20 accounts, otherwise the same, for a third of the time."""
    return _sustained(leg, leg.scale.seconds / 3, 10, 20, _large())


def implicit_tls(leg: Leg) -> Figure:
    """10 clients at a time, each with a new TLS connection to the submissions service, AUTH PLAIN and one
    message to itself, for a third of the time; counted as above.
    """
    own = leg.accounts(20)
    letters = Letters(own, _small(), submitted=True)

    def load(loop: Loop) -> None:
        until = time.monotonic() + leg.scale.seconds / 3

        def another() -> None:
            if time.monotonic() < until:
                loop.start(leg.system.addresses["submissions"], submission(letters), leg.certificate.client, another)

        for _ in range(10):
            another()

    return _delivered(leg, letters, own, load)


ROWS = [
    Row("delivery", "durable delivery, SMTP to readable, 4 KB, 50 connections, 20 accounts", "/s", twenty_accounts, 8),
    Row("delivery-1000-accounts", "the same to 1,000 accounts", "/s", thousand_accounts, 5),
    Row("delivery-1-connection", "the same, 1 connection", "/s", one_connection, 3),
    Row("delivery-100-kb", "the same, 100 KB, 10 connections", "/s", large, 5),
    Row("delivery-tls", "SMTP over implicit TLS, a new connection for each message", "/s", implicit_tls, 2),
]
