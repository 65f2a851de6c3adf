"""What a row of the table is, and what its measurement is given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import corpus
from bench.figures import Figure, Unit
from bench.load.client import ImapClient
from bench.machine.certificate import Certificate
from bench.machine.maildir import corpus_maildir
from bench.machine.tree import cpu_seconds, wait_until_idle
from bench.systems.base import DOMAIN, System, await_greetings

SETTLING = 4.0  # seconds after which a server has begun what it does with new mail by itself, such as an index
LONGEST_FILLING = 600.0  # seconds that it may do that


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    seconds: float = 60.0
    """The sustained delivery's; the other rates take a sixth to a half of it."""
    mailbox: int = 10_000
    large: int = 100_000
    """Messages of the large mailbox."""
    folders: int = 500
    """Mailboxes of the account that has many."""
    sessions: int = 1_000
    accounts: int = 1_000
    repeats: int = 5
    """Of a bulk command, in each run."""
    samples: int = 3_000
    """Of a latency, in each run."""


QUICK = Scale(seconds=3.0, mailbox=300, large=600, folders=20, sessions=20, accounts=40, repeats=2, samples=100)


def account(number: int) -> str:
    """The address of an account that every system has."""
    return f"a{number:04}@{DOMAIN}"


BOX_ACCOUNT = f"box@{DOMAIN}"  # holds the prepared mailbox
LARGE_ACCOUNT = f"large@{DOMAIN}"  # holds the large one
MANY_ACCOUNT = f"many@{DOMAIN}"  # has many mailboxes


class Meter:
    """Seconds on the clock, and seconds of processor for the server and for us, within a with block."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.wall = self.server_cpu = self.load_cpu = 0.0

    def __enter__(self) -> Self:
        self.server_cpu = -cpu_seconds(self._system.roots())
        self.load_cpu = -time.process_time()
        self.wall = -time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wall += time.monotonic()
        self.load_cpu += time.process_time()
        self.server_cpu += cpu_seconds(self._system.roots())

    def rate(self, operations: int, **beside: float) -> Figure:
        """Operations a second over the block."""
        return Figure(operations / self.wall, operations, self.server_cpu, self.load_cpu, beside)


@dataclass(frozen=True)
class Leg:
    """One run of one row on one system."""

    system: System
    scale: Scale
    certificate: Certificate
    directory: Path
    first_account: int
    """Where this leg's own accounts begin, which no other leg of the row uses."""

    def accounts(self, count: int) -> list[str]:
        """`count` accounts: this leg's own, where there are enough."""
        return [account((self.first_account + place) % self.scale.accounts) for place in range(count)]

    def meter(self) -> Meter:
        """Measures a with block."""
        return Meter(self.system)

    def imap(self, of: str = BOX_ACCOUNT, secure: bool = False) -> ImapClient:
        """A logged-in connection."""
        if secure:
            return ImapClient(self.system.addresses["imaps"], of, self.certificate.client)
        return ImapClient(self.system.addresses["imap"], of)

    def held(self, account: str) -> int:
        """How many messages a prepared INBOX holds."""
        return self.scale.large if account == LARGE_ACCOUNT else self.scale.mailbox

    def fill_box(self, account: str = BOX_ACCOUNT) -> None:
        """The INBOX of a prepared account holds the corpus's first messages; where it is empty it is filled.

        Raises AssertionError: it holds something else.
        """
        if self._found(account) == 0:
            (self._take_in if account == LARGE_ACCOUNT else self._append)(account)
            time.sleep(SETTLING)
            wait_until_idle(self.system.roots(), LONGEST_FILLING)
        if (found := self._found(account)) != self.held(account):
            raise AssertionError(f"{account} holds {found} messages instead of {self.held(account)}")

    def _found(self, account: str) -> int:
        with self.imap(account) as client:
            return client.messages("INBOX")

    def _append(self, account: str) -> None:
        with self.imap(account) as client:
            client.fill("INBOX", corpus.messages(self.held(account)))

    def _take_in(self, account: str) -> None:
        self.system.take_in(account, corpus_maildir(self.directory / "corpus", self.held(account)))
        await_greetings(self.system, self.certificate.client)


@dataclass(frozen=True)
class Row:
    """A row of the table: what is measured, and what it must reach."""

    name: str
    work: str
    unit: Unit
    measure: Callable[[Leg], Figure]
    times: float | None = None
    """The aim: at least so many times better than the tuned peer."""
    at_most: float | None = None
    """The aim in the row's own unit."""
    beside: str = ""
    """Another variant of Dovecot that is measured too: "stock" or "mdbox"."""
    fresh: bool = False
    """Whether each run starts with a server just started."""

    @property
    def says(self) -> str:
        """The measurement in one sentence."""
        return " ".join((self.measure.__doc__ or "").split())

    @property
    def aim(self) -> str:
        """As the table shows it."""
        return f"≥ {self.times:g} ×" if self.times is not None else f"≤ {self.at_most:g} {self.unit}"

    def reached(self, value: float, ratio: float) -> bool:
        """Whether a median of ours meets the aim."""
        return ratio >= self.times if self.times is not None else value <= (self.at_most or 0.0)
