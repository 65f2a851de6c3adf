"""One SMTP or LMTP conversation, the server's side. RFC 5321 section 3 and 4.3, RFC 2033.

Laws: every command gets its answers in order, whatever came before it; a refusal changes nothing; between two commands
no draft is open but one that BDAT has begun; when `run` ends, however it ends, no draft is left.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache

from tayori.errors import (
    BareLineEnd,
    LoginNeeded,
    NoSuchMailbox,
    OverQuota,
    Refusal,
    RelayDenied,
    ShuttingDown,
    TooLarge,
    TooMany,
    TooManyErrors,
    TryLater,
    UnknownCommand,
    WrongState,
)
from tayori.model import Account, Origin, Recipient
from tayori.ports import Clock, Directory, Intake, Peer
from tayori.sasl.mechanism import Mechanism
from tayori.smtp import grammar, reply
from tayori.smtp.engine import COMMAND_LINE, Text
from tayori.smtp.settings import Settings
from tayori.smtp.transaction import Transaction
from tayori.wire.budget import ErrorBudget
from tayori.wire.folder import members
from tayori.wire.lines import Lines

FAIR_SLICE = 64  # commands after which others get a turn, should a client send so many at once

NO_FAULT_OF_THE_PEER = (TryLater, TooMany, TooLarge, OverQuota, NoSuchMailbox, RelayDenied)
"""Refusals that are not counted: who writes to many, or much, or to the full, does nothing wrong.

Nor does who hands on what others wrote to: cut off at the twentieth unknown recipient, the known ones get nothing.
"""


class When(Enum):
    """The state that a verb asks for."""

    ALWAYS = "always"
    GREETED = "greeted"  # after EHLO, HELO or LHLO
    LOGGED_IN = "logged in"  # greeted, and logged in where that is asked for


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: `run(session, argument)` returns its answer, or raises a Refusal."""

    name: bytes
    run: Callable[["Session", bytes], Awaitable[bytes]]
    when: When = When.ALWAYS
    only: str = ""  # "smtp" or "lmtp": the protocol that has it
    codes: reply.Codes = field(default_factory=dict)  # where refusals are said otherwise than usual


MailParameter = Callable[["Session", Transaction, str], None]
"""Called with a MAIL parameter's value, "" if it has none. Raises ProtocolError and other refusals."""

RcptParameter = Callable[["Session", Recipient, str], None]


@dataclass(frozen=True, slots=True)
class Extension:
    """A service extension. RFC 5321 section 2.2; `keyword` is its EHLO line, None while it is not to be had."""

    rfc: str
    keyword: Callable[["Session"], bytes | None]
    verbs: tuple[Verb, ...] = ()
    mail: Mapping[str, MailParameter] = field(default_factory=dict)
    rcpt: Mapping[str, RcptParameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the two folders bring."""

    extensions: tuple[Extension, ...]
    smtp: Mapping[bytes, Verb]
    lmtp: Mapping[bytes, Verb]
    mail: Mapping[str, tuple[Extension, MailParameter]]
    rcpt: Mapping[str, tuple[Extension, RcptParameter]]


@cache
def offer() -> Offer:
    """Read the folders, once a process: their modules import this one."""
    from tayori.smtp import commands, extensions

    brought = tuple(members(extensions, "EXTENSION", Extension))
    verbs = [verb for family in members(commands, "VERBS", tuple) for verb in family]
    verbs += [verb for extension in brought for verb in extension.verbs]
    return Offer(
        brought,
        smtp={verb.name: verb for verb in verbs if verb.only != "lmtp"},
        lmtp={verb.name: verb for verb in verbs if verb.only != "smtp"},
        mail={keyword: (one, call) for one in brought for keyword, call in one.mail.items()},
        rcpt={keyword: (one, call) for one in brought for keyword, call in one.rcpt.items()},
    )


class Session:
    """Implements ports.Conversation."""

    def __init__(
        self,
        peer: Peer,
        settings: Settings,
        mechanisms: Mapping[str, Mechanism],
        intake: Intake,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self.peer = peer
        self.settings = settings
        self.mechanisms = mechanisms
        self.intake = intake
        self.directory = directory
        self.clock = clock
        self.offer = offer()
        self.verbs = self.offer.lmtp if settings.lmtp else self.offer.smtp
        self.timeout = settings.command_timeout
        self.lines = Lines(COMMAND_LINE)
        self.account: Account | None = None  # who logged in
        self.origin = Origin(settings.service, peer.address)
        self.greeted = False
        self.transaction: Transaction | None = None
        self.closing = False
        self._budget = ErrorBudget(settings.errors)
        self._turns = FAIR_SLICE  # commands until others get a turn

    async def run(self) -> None:
        self.peer.write(reply.greeting(self.settings.hostname, self.settings.lmtp))
        try:
            while not self.closing:
                await self._answer_next()
        finally:
            self.reset()

    def farewell(self, reason: str) -> bytes:
        return reply.farewell(self.settings.hostname, reason)

    async def line(self) -> bytes:
        """The next line, without its end. Raises LineTooLong, Gone."""
        while (line := self.lines.line()) is None:
            await self._more()
        return line

    async def text(self) -> AsyncIterator[bytes]:
        """DATA's text, without its dots. Raises BareLineEnd at its end, Gone."""
        text = Text()
        chunk = self.lines.take(len(self.lines)) or await self.peer.read()
        while True:
            if octets := text.taken(chunk):
                yield octets
            if text.ended:
                break
            chunk = await self.peer.read()
        self.lines.feed(text.rest)
        if text.bare:
            raise BareLineEnd("A CR or LF alone is in the message; lines end with CRLF")

    async def counted(self, octets: int) -> AsyncIterator[bytes]:
        """The next so many octets, whatever they are. Raises Gone."""
        while octets:
            chunk = self.lines.take(octets)
            octets -= len(chunk)
            if chunk:
                yield chunk
            else:
                await self._more()

    def forget(self) -> None:
        """Begin anew, as if just connected: TLS has started. RFC 3207 section 4.2."""
        self.reset()
        self.lines.clear()
        self.greeted = False
        self.account = None
        self.origin = Origin(self.settings.service, self.peer.address)

    def reset(self) -> None:
        """No transaction: RSET, EHLO, STARTTLS, the end of a message, the end of everything."""
        if self.transaction is not None:
            self.transaction.discard()
            self.transaction = None

    def check(self, when: When) -> None:
        """Raises WrongState, LoginNeeded: the session is not in that state."""
        if not self.greeted:
            raise WrongState(f"Say {'LHLO' if self.settings.lmtp else 'EHLO'} first")
        if when is When.LOGGED_IN and self.account is None and self.settings.wants_login:
            raise LoginNeeded("Authentication is required")

    def needed_transaction(self) -> Transaction:
        """Raises WrongState: no MAIL yet."""
        if self.transaction is None:
            raise WrongState("Say MAIL first")
        return self.transaction

    async def _more(self) -> None:
        await self.peer.room()  # what is answered is bounded, should the peer not listen
        self.lines.feed(await self.peer.read())

    async def _answer_next(self) -> None:
        verb = UNKNOWN
        try:
            name, argument = grammar.command(await self.line())
            verb = self.verbs.get(name, UNKNOWN)
            if verb.when is not When.ALWAYS:
                self.check(verb.when)
            self.peer.write(await verb.run(self, argument))
        except Refusal as refusal:
            self._refuse(refusal, verb.codes)
        else:
            self._budget.earn()
        self._turns -= 1
        if not self._turns:
            self._turns = FAIR_SLICE
            await self.peer.room()

    def _refuse(self, refusal: Refusal, codes: reply.Codes) -> None:
        self.peer.write(reply.refusal(refusal, codes))
        self.closing = self.closing or isinstance(refusal, ShuttingDown)
        if isinstance(refusal, NO_FAULT_OF_THE_PEER):
            return
        try:
            self._budget.spend()
        except TooManyErrors as last:
            self.peer.write(reply.refusal(last))
            self.closing = True


async def _unknown(session: Session, argument: bytes) -> bytes:
    raise UnknownCommand("No such command")


UNKNOWN = Verb(b"", _unknown)
