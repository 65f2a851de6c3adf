"""Commands over a whole mailbox: FETCH, SEARCH, STORE, COPY. A new one is a line in ROWS."""

import statistics
import time
from collections.abc import Callable
from functools import partial

from bench import corpus
from bench.figures import Figure
from bench.load.client import ImapClient
from bench.load.replies import Refused
from bench.machine.tree import wait_until_idle
from bench.rows.row import BOX_ACCOUNT, LARGE_ACCOUNT, Leg, Row

ENVELOPE = b"FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"
BODY = b"FETCH 1:* BODY.PEEK[]"
FIELDS = b"FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID)]"

LEAST = 0.5  # seconds that a command is repeated at least: five of a fraction of a millisecond would tell nothing

Check = Callable[[int, bytes], None]
"""Raises Refused: this is no right answer on a mailbox of so many messages."""


def every_message(held: int, said: bytes) -> None:
    """Raises Refused: not one untagged FETCH for each message."""
    if (found := said.count(b" FETCH (")) != held:
        raise Refused(f"{found} messages were fetched instead of {held}")


def whole_messages(held: int, said: bytes) -> None:
    """Raises Refused: fewer octets than the messages have, or an end that is not the last message's."""
    every_message(held, said)
    last = corpus.message(held - 1)
    if last not in said[-len(last) - 1000 :]:
        raise Refused("the last message did not come back as it was stored")


def found_all(word: bytes, held: int, said: bytes) -> None:
    """Raises Refused: SEARCH does not find the messages that hold the word, or finds others."""
    numbers = next((line.split()[2:] for line in said.split(b"\r\n") if line.startswith(b"* SEARCH")), [])
    wanted = [b"%d" % (number + 1) for number in range(held) if corpus.rare_word(number) == word]
    if numbers != wanted:
        raise Refused(f"SEARCH found {len(numbers)} messages instead of {len(wanted)}")


def _seconds(client: ImapClient, command: bytes) -> tuple[float, list[bytes]]:
    begin = time.perf_counter()
    pieces = client.ask(command)
    return time.perf_counter() - begin, pieces


def _repeated(leg: Leg, command: bytes, check: Check, secure: bool, account: str) -> Figure:
    leg.fill_box(account)
    held = leg.held(account)
    with leg.imap(account, secure) as client:
        client.ask(b"SELECT INBOX")
        first, pieces = _seconds(client, command)
        check(held, b"".join(pieces))
        times: list[float] = []
        with leg.meter() as meter:
            while len(times) < leg.scale.repeats or sum(times) < LEAST:
                seconds, pieces = _seconds(client, command)
                times.append(seconds)
        check(held, b"".join(pieces))
    operations = len(times) * held
    beside = {"first_ms": first * 1000}
    return Figure(statistics.median(times) * 1000, operations, meter.server_cpu, meter.load_cpu, beside)


def reading(command: bytes, check: Check, secure: bool = False, account: str = BOX_ACCOUNT) -> Callable[[Leg], Figure]:
    """A measurement of a command that changes nothing."""

    def measure(leg: Leg) -> Figure:
        return _repeated(leg, command, check, secure, account)

    shown = command.decode("ascii")
    measure.__doc__ = (
        f"One connection{' over TLS' if secure else ''} sends {shown} to a mailbox of "
        f"{'100,000' if account == LARGE_ACCOUNT else '10,000'} messages, after once "
        "to warm up, five times and for half a second at least; the median time to the tagged OK, the answer checked."
    )
    return measure


class Changes:
    """Repeats of a command that changes the mailbox, each timed by itself, each after the server has come to rest."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._figures: list[Figure] = []

    def time(self, client: ImapClient, command: bytes) -> list[bytes]:
        """The answer to a timed command; what the server does afterwards by itself is kept beside."""
        with self._leg.meter() as meter:
            seconds, pieces = _seconds(client, command)
        later = wait_until_idle(self._leg.system.roots())
        beside = {"later_cpu_ms": later * 1000}
        self._figures.append(Figure(seconds * 1000, 0, meter.server_cpu, meter.load_cpu, beside))
        return pieces

    def figure(self) -> Figure:
        """Median of the times, sums of the rest."""
        return Figure(
            statistics.median(each.value for each in self._figures),
            len(self._figures) * self._leg.scale.mailbox,
            sum(each.server_cpu for each in self._figures),
            sum(each.load_cpu for each in self._figures),
            {"later_cpu_ms": statistics.median(each.beside["later_cpu_ms"] for each in self._figures)},
        )


def store(leg: Leg) -> Figure:
    """One connection sends STORE 1:* +FLAGS (\\Flagged) to a mailbox of 10,000 messages, all of which change
    and are told of; the median time to the tagged OK, with the processor time that the server's later work
    takes (the mirror's) beside.
    """
    leg.fill_box()
    changes = Changes(leg)
    with leg.imap() as client:
        client.ask(b"SELECT INBOX")
        for _ in range(leg.scale.repeats):
            client.ask(b"STORE 1:* -FLAGS.SILENT (\\Flagged)")
            wait_until_idle(leg.system.roots())
            every_message(leg.scale.mailbox, b"".join(changes.time(client, b"STORE 1:* +FLAGS (\\Flagged)")))
    return changes.figure()


def copy(leg: Leg) -> Figure:
    """One connection sends COPY 1:* of 10,000 messages to an empty mailbox, then counts them there; the median
    time to the tagged OK, with the processor time that the server's later work takes (the mirror's) beside.
    """
    leg.fill_box()
    changes = Changes(leg)
    with leg.imap() as client:
        client.ask(b"SELECT INBOX")
        for _ in range(leg.scale.repeats):
            client.ask(b"CREATE Copy")
            changes.time(client, b"COPY 1:* Copy")
            if (found := client.messages("Copy")) != leg.scale.mailbox:
                raise Refused(f"{found} messages were copied instead of {leg.scale.mailbox}")
            client.ask(b"DELETE Copy")
            wait_until_idle(leg.system.roots())
    return changes.figure()


def _search(key: bytes, word: bytes) -> Callable[[Leg], Figure]:
    return reading(b'SEARCH %b "%b"' % (key, word), partial(found_all, word))


ROWS = [
    Row("fetch-envelope", "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE), 10,000, warm", "ms",
        reading(ENVELOPE, every_message), 4, beside="mdbox"),
    Row("fetch-body", "FETCH 1:* BODY.PEEK[], 10,000", "ms", reading(BODY, whole_messages), 1.1, beside="mdbox"),
    Row("fetch-body-tls", "the same over TLS", "ms", reading(BODY, whole_messages, secure=True), 1.8, beside="mdbox"),
    Row("fetch-fields", "FETCH 1:* HEADER.FIELDS, 6 fields, 10,000", "ms",
        reading(FIELDS, every_message), 1.2, beside="mdbox"),
    Row("search-body", "SEARCH BODY, 10,000", "ms", _search(b"BODY", corpus.RARE[0]), 30, beside="mdbox"),
    Row("search-text", "SEARCH TEXT, 10,000", "ms", _search(b"TEXT", corpus.RARE[1]), 30, beside="mdbox"),
    Row("store", "STORE 1:* +FLAGS, 10,000", "ms", store, 4, beside="mdbox"),
    Row("copy", "COPY 1:*, 10,000", "ms", copy, 10, beside="mdbox"),
]  # fmt: skip
