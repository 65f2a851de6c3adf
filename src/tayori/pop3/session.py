"""One POP3 conversation, the server's side. RFC 1939.

Laws: every command gets its answer in order; nothing is deleted but by QUIT, and by it everything at once or nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from tayori.errors import EncryptionNeeded, Expunged, Refusal, TooManyErrors, TryLater, UnknownCommand, WrongState
from tayori.model import Account, Identity, Origin
from tayori.pop3 import engine, grammar, reply
from tayori.pop3.maildrop import Maildrop, opened
from tayori.pop3.settings import Settings
from tayori.ports import Accounts, Clock, Directory, Peer
from tayori.sasl.mechanism import Mechanism
from tayori.wire.budget import ErrorBudget
from tayori.wire.folder import members
from tayori.wire.lines import Lines

NO_FAULT_OF_THE_PEER = (TryLater, Expunged)
"""Refusals that are not counted: another session may have removed any number of messages meanwhile."""


class State(Enum):
    """RFC 1939 section 3; UPDATE is what QUIT does."""

    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"


ANY = frozenset(State)
BEFORE_LOGIN = frozenset({State.AUTHORIZATION})
AFTER_LOGIN = frozenset({State.TRANSACTION})


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: `run(session, argument)` writes its answer, or raises a Refusal before it has written anything."""

    name: bytes
    run: Callable[["Session", bytes], Awaitable[None]]
    states: frozenset[State] = AFTER_LOGIN


@dataclass(frozen=True, slots=True)
class Extension:
    """A capability; `tag` is its line of CAPA's answer, None while it is not to be had."""

    rfc: str
    tag: Callable[["Session"], bytes | None]
    verbs: tuple[Verb, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the two folders bring."""

    extensions: tuple[Extension, ...]
    verbs: Mapping[bytes, Verb]


@cache
def offer() -> Offer:
    """Read the folders, once a process: their modules import this one."""
    from tayori.pop3 import commands, extensions

    brought = tuple(members(extensions, "EXTENSION", Extension))
    verbs = list(members(commands, "VERB", Verb))
    verbs += [verb for extension in brought for verb in extension.verbs]
    return Offer(brought, {verb.name: verb for verb in verbs})


class Session:
    """Implements ports.Conversation."""

    def __init__(
        self,
        peer: Peer,
        settings: Settings,
        mechanisms: Mapping[str, Mechanism],
        accounts: Accounts,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self.peer = peer
        self.settings = settings
        self.mechanisms = mechanisms
        self.directory = directory
        self.clock = clock
        self.offer = offer()
        self.timeout = settings.idle
        self.lines = Lines(engine.LINE)
        self.origin = Origin(settings.service, peer.address, protocol="POP3")
        self.state = State.AUTHORIZATION
        self.account: Account | None = None  # who logged in
        self.name = ""  # what USER said
        self.closing = False
        self._accounts = accounts
        self._maildrop: Maildrop | None = None
        self._budget = ErrorBudget(settings.errors)
        self._written = 0  # octets since the peer was last waited for

    async def run(self) -> None:
        self.write(reply.ok(f"{self.settings.hostname} POP3 is ready"))
        while not self.closing:
            await self._answer_next()

    def farewell(self, reason: str) -> bytes:
        return reply.farewell(reason)

    def write(self, chunk: bytes) -> None:
        self._written += len(chunk)
        self.peer.write(chunk)

    async def room(self) -> None:
        """To be said between the slices of a long answer: what waits for a slow peer is bounded."""
        if self._written >= engine.SLICE:
            self._written = 0
            await self.peer.room()

    async def line(self) -> bytes:
        """The next line, without its end. Raises LineTooLong, Gone."""
        while (line := self.lines.line()) is None:
            self._written = 0  # reading waits for the peer
            self.lines.feed(await self.peer.read())
        return line

    @property
    def maildrop(self) -> Maildrop:
        """The table of verbs lets only TRANSACTION come here."""
        assert self._maildrop is not None
        return self._maildrop

    def offered(self) -> dict[str, Mechanism]:
        """The mechanisms that may be used now."""
        return {name: one for name, one in self.mechanisms.items() if self._may_use(one)}

    def check_plaintext(self) -> None:
        """Raises EncryptionNeeded: a password may not be shown to the wire."""
        if not (self.peer.secure or self.settings.plaintext_without_tls):
            raise EncryptionNeeded("Say STLS first")

    async def enter(self, identity: Identity) -> None:
        """Into TRANSACTION. Raises TryLater: then nobody is logged in."""
        self._maildrop = await opened(self._accounts, identity.account, self.peer)
        self.account = self.origin.account = identity.account
        self.state = State.TRANSACTION
        count, octets = self._maildrop.total()
        self.write(reply.ok(f"{count} messages, {octets} octets"))

    def _may_use(self, mechanism: Mechanism) -> bool:
        if self.peer.secure:
            return True
        return not mechanism.needs_tls and (not mechanism.plaintext or self.settings.plaintext_without_tls)

    async def _answer_next(self) -> None:
        try:
            line = self.lines.line()
            await self._answer(await self.line() if line is None else line)
        except Refusal as refusal:
            self._refuse(refusal)
        else:
            self._budget.earn()
        if self._written >= engine.SLICE:
            await self.room()

    async def _answer(self, line: bytes) -> None:
        name, argument = grammar.command(line)
        verb = self.offer.verbs.get(name)
        if verb is None:
            raise UnknownCommand("No such command")
        if self.state not in verb.states:
            raise WrongState("Log in first" if self.state is State.AUTHORIZATION else "You are logged in already")
        await verb.run(self, argument)

    def _refuse(self, refusal: Refusal) -> None:
        self.write(reply.refusal(refusal))
        if isinstance(refusal, NO_FAULT_OF_THE_PEER):
            return
        try:
            self._budget.spend()
        except TooManyErrors as last:
            self.write(reply.refusal(last))
            self.closing = True
