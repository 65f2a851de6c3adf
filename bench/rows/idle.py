"""Many idle sessions: what each costs in memory, and how soon one hears of new mail."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench import corpus
from bench.figures import Figure
from bench.load.imap import idling
from bench.load.loop import Conversation, Loop
from bench.load.replies import expect_codes, smtp_replies
from bench.load.smtp import SENDER
from bench.machine.tree import pss_kib, wait_until_idle
from bench.rows.row import SETTLING, Leg, Row, account
from bench.systems.base import await_greetings

BATCH = 20  # sessions that log in at a time
PUSHES = 50
REST = 75.0  # seconds before memory is weighed: servers keep files open for a while, Tayori its catalogs for a minute
STILL = 10.0  # seconds between two weighings …
STEADY = 500  # … that differ by at most so many KiB, half a one for each session, when a server is at rest …
WEIGHINGS = 30  # … which it is before so many
PAUSE = 0.1  # seconds between a push and the next delivery


class Sessions:
    """IDLE sessions over TLS, each on an account of its own, and what was pushed to them."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self.loop = Loop()
        self.idle = 0
        self.pushed: dict[str, float] = {}

    def _ready(self) -> None:
        self.idle += 1

    def _told(self, to: str) -> None:
        self.pushed[to] = time.perf_counter()

    def open(self, count: int) -> None:
        """Bring the idle sessions to `count`, some at a time."""
        while (opened := self.idle) < count:
            wanted = min(count, opened + BATCH)
            for number in range(opened, wanted):
                name = account(number % self._leg.scale.accounts)
                conversation = idling(name, self._ready, self._told)
                self.loop.start(self._leg.system.addresses["imaps"], conversation, self._leg.certificate.client)
            self.loop.run(lambda wanted=wanted: self.idle >= wanted)  # type: ignore[misc]  # bound now, not later


@contextmanager
def _sessions(leg: Leg) -> Iterator[Sessions]:
    sessions = Sessions(leg)
    try:
        yield sessions
    finally:
        sessions.loop.close()


def _weighed(leg: Leg) -> int:
    """KiB of all processes, once that stays as it is: a server may put off what log-ins left it to do.

    Raises TimeoutError: it never does.
    """
    time.sleep(REST)
    before = pss_kib(leg.system.roots())
    for _ in range(WEIGHINGS):
        time.sleep(STILL)
        now = pss_kib(leg.system.roots())
        if abs(now - before) <= STEADY:
            return now
        before = now
    raise TimeoutError(f"memory still changes after {WEIGHINGS * STILL:.0f} s")


def _visited(leg: Leg, count: int) -> None:
    """Open `count` sessions, close them, and wait until all that this left to do is done."""
    with _sessions(leg) as sessions:
        sessions.open(count)
    time.sleep(SETTLING)
    wait_until_idle(leg.system.roots())


def _started_again(leg: Leg) -> None:
    """A new life in which no account is new, and every process has had a session: what that loads is of the base."""
    _visited(leg, leg.scale.sessions)
    leg.system.stop()
    leg.system.start()
    await_greetings(leg.system, leg.certificate.client)
    _visited(leg, BATCH)


def memory(leg: Leg) -> Figure:
    """1,000 clients log in over TLS, each to an account of its own that had been logged in to before the server was
    last started, open its INBOX and IDLE; proportional set size of all the server's processes at least 75 s later,
    when it stays the same, less what it was likewise before them, a session; the base is beside.
    """
    _started_again(leg)
    base = _weighed(leg)
    with _sessions(leg) as sessions, leg.meter() as meter:
        sessions.open(leg.scale.sessions)
        full = _weighed(leg)
    slope = (full - base) / leg.scale.sessions
    return Figure(slope, leg.scale.sessions, meter.server_cpu, meter.load_cpu, {"base_kib": float(base)})


def _letter(to: str, content: bytes, sending: Callable[[], None]) -> Conversation:
    """One message over a connection of its own; `sending` is called before its content goes out."""
    one = smtp_replies(1)
    expect_codes((yield b"", one), b"220")
    expect_codes((yield b"EHLO bench.example.net\r\n", one), b"250")
    envelope = b"MAIL FROM:<%b>\r\nRCPT TO:<%b>\r\nDATA\r\n" % (SENDER, to.encode())
    expect_codes((yield envelope, smtp_replies(3)), b"250", b"250", b"354")
    sending()
    expect_codes((yield content, one), b"250")
    expect_codes((yield b"QUIT\r\n", one), b"221")


def _push(leg: Leg, sessions: Sessions, to: str, content: bytes) -> float:
    """Milliseconds from the first octet of a message to the EXISTS that its recipient's session hears."""
    sent: list[float] = []
    sessions.pushed.clear()
    conversation = _letter(to, content, lambda: sent.append(time.perf_counter()))
    others = len(sessions.loop)
    sessions.loop.start(leg.system.addresses["smtp"], conversation)
    sessions.loop.run(lambda: to in sessions.pushed and len(sessions.loop) == others, longest=60)
    time.sleep(PAUSE)
    return (sessions.pushed[to] - sent[0]) * 1000


def push(leg: Leg) -> Figure:
    """While 1,000 sessions IDLE over TLS, 50 messages are delivered by SMTP, each to one of them and one at a
    time; the median time from sending the content to that session's EXISTS.
    """
    chance, content = random.Random(corpus.SEED), corpus.dot_stuffed(corpus.message(1))
    with _sessions(leg) as sessions:
        sessions.open(leg.scale.sessions)
        count = min(leg.scale.sessions, leg.scale.accounts)
        recipients = [account(number) for number in chance.sample(range(count), min(PUSHES, count))]
        with leg.meter() as meter:
            times = [_push(leg, sessions, to, content) for to in recipients]
    beside = {"max_ms": max(times)}
    return Figure(statistics.median(times), len(times), meter.server_cpu, meter.load_cpu, beside)


ROWS = [
    Row("memory", "memory per idle TLS session", "KiB", memory, 12, beside="stock", fresh=True),
    Row("push", "delivery to IDLE push, 1,000 idle sessions, p50", "ms", push, at_most=10),
]
