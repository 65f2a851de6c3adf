"""One IMAP conversation, the server's side. RFC 3501 section 3.

Laws: every command gets one tagged response, after all untagged ones it brings; what others did is told before it;
EXPUNGE is told only in commands whose verb allows it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import lru_cache
from typing import TypeVar

from tayori.errors import LoginFailed, MailboxGone, ProtocolError, Refusal, TooManyErrors, UnknownCommand, WrongState
from tayori.imap import fetch_items, reply, search_keys, status_items
from tayori.imap.engine import Command, Engine, Refused
from tayori.imap.fetch_items import FetchItem
from tayori.imap.grammar import Arguments
from tayori.imap.search_keys import KeyReader
from tayori.imap.settings import Settings
from tayori.imap.status_items import StatusItem
from tayori.imap.view import News, Portion, View
from tayori.model import Account, Identity, Origin
from tayori.ports import Accounts, Clock, Directory, Intake, Mailboxes, Peer
from tayori.sasl.mechanism import Mechanism
from tayori.wire.budget import ErrorBudget
from tayori.wire.folder import members

T = TypeVar("T")

FAIR_SLICE = 32  # commands after which others get a turn, should a client send so many at once
TOLD_AT_ONCE = 500  # messages whose flags are told before others get a turn

BLAMED = (ProtocolError, LoginFailed)  # what uses up the error budget


class State(Flag):
    """RFC 3501 section 3."""

    NOT_AUTHENTICATED = auto()
    AUTHENTICATED = auto()  # no mailbox selected
    SELECTED = auto()


LOGGED_IN = State.AUTHENTICATED | State.SELECTED
ANY = State.NOT_AUTHENTICATED | LOGGED_IN


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: `run` says what is untagged, and returns the text behind OK (a response code first) or None."""

    name: bytes  # upper case; b"UID FETCH"
    run: Callable[["Session", Arguments], Awaitable[bytes | None]]
    states: State
    expunges: bool = True  # EXPUNGE may be told while it runs, RFC 3501 section 7.4.1
    target: bool = False  # a mailbox that lacks may be made for it, RFC 3501 section 7.1, TRYCREATE
    message_after: int | None = None  # a message's literal follows so many arguments


def always(session: "Session") -> bool:
    return True


def not_logged_in(session: "Session") -> bool:
    return session.account is None


def enabled_by_name(session: "Session") -> None:
    """What ENABLE brings about where its name among `session.enabled` is all that matters."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A file of extensions/; what it adds to other commands is given as tables."""

    rfc: str
    capability: bytes  # as CAPABILITY lists it; several words where several are meant
    shown: Callable[["Session"], bool] = always
    verbs: tuple[Verb, ...] = ()
    enable: Callable[["Session"], None] | None = None  # what ENABLE of it brings about, RFC 5161
    fetch: Mapping[bytes, FetchItem] = field(default_factory=dict)
    search: Mapping[bytes, KeyReader] = field(default_factory=dict)
    status: Mapping[bytes, StatusItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the two folders bring."""

    verbs: Mapping[bytes, Verb]
    extensions: tuple[Extension, ...]
    streamed: Mapping[bytes, int]
    fetch: Mapping[bytes, FetchItem]
    search: Mapping[bytes, KeyReader]
    status: Mapping[bytes, StatusItem]


@lru_cache(maxsize=8)
def offer(without: frozenset[str]) -> Offer:
    """Read the folders, once a process and setting: their modules import this one."""
    from tayori.imap import commands, extensions

    brought = tuple(
        one for one in members(extensions, "EXTENSION", Extension) if one.capability.decode("ascii") not in without
    )
    verbs = [verb for family in members(commands, "VERBS", tuple) for verb in family]
    verbs += [verb for one in brought for verb in one.verbs]
    return Offer(
        {verb.name: verb for verb in verbs},
        brought,
        {verb.name: verb.message_after for verb in verbs if verb.message_after is not None},
        _joined([fetch_items.ITEMS, *(one.fetch for one in brought)]),
        _joined([search_keys.KEYS, *(one.search for one in brought)]),
        _joined([status_items.ITEMS, *(one.status for one in brought)]),
    )


def _joined(tables: Iterable[Mapping[bytes, T]]) -> Mapping[bytes, T]:
    return {name: entry for table in tables for name, entry in table.items()}


class Session:
    """Implements ports.Conversation."""

    __slots__ = (
        "_budget", "_turns", "account", "accounts", "afterwards", "clock", "directory", "enabled", "ended", "engine",
        "intake", "mailboxes", "mechanisms", "offer", "peer", "settings", "tell_changed", "tell_expunged", "timeout",
        "view",
    )  # fmt: skip

    def __init__(
        self,
        peer: Peer,
        settings: Settings,
        mechanisms: Mapping[str, Mechanism],
        accounts: Accounts,
        intake: Intake,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self.peer = peer
        self.settings = settings
        self.mechanisms = mechanisms
        self.accounts = accounts
        self.intake = intake
        self.directory = directory
        self.clock = clock
        self.offer = offer(settings.without)
        self.engine = Engine(peer.write, self.offer.streamed)
        self.timeout = settings.login_timeout
        self.account: Account | None = None
        self.mailboxes: Mailboxes | None = None  # the account's
        self.view: View | None = None  # of the selected mailbox
        self.enabled: frozenset[bytes] = frozenset()  # by ENABLE, or by what implies it
        self.tell_expunged = reply.expunged  # an extension that is enabled puts its own way here
        self.tell_changed = reply.changed
        self.afterwards: Callable[[], Awaitable[None]] | None = None  # done once the tagged response is said
        self.ended = False
        self._budget = ErrorBudget(settings.errors)
        self._turns = FAIR_SLICE

    # ---- ports.Conversation

    async def run(self) -> None:
        self.peer.write(reply.ok(b"*", b"[CAPABILITY %b] Tayori is ready" % b" ".join(self.capabilities())))
        try:
            while not self.ended:
                await self._answer_next()
        except TooManyErrors as error:
            self.peer.write(reply.bye(error))

    def farewell(self, reason: str) -> bytes:
        return reply.FAREWELLS.get(reason, b"")

    # ---- what verbs ask of it

    @property
    def state(self) -> State:
        if self.account is None:
            return State.NOT_AUTHENTICATED
        return State.AUTHENTICATED if self.view is None else State.SELECTED

    def capabilities(self) -> list[bytes]:
        """What CAPABILITY lists now. RFC 3501 section 6.1.1."""
        listed = [b"IMAP4rev1", *(one.capability for one in self.offer.extensions if one.shown(self))]
        if self.account is None:
            listed += [b"AUTH=" + name.encode("ascii") for name in self.usable_mechanisms()]
            listed += [] if self.password_may_be_shown() else [b"LOGINDISABLED"]
            listed += [b"STARTTLS"] if self.peer.can_start_tls else []
        return listed

    def password_may_be_shown(self) -> bool:
        """RFC 3501 section 11.1: not where others can read along."""
        return self.peer.secure or self.settings.plaintext_without_tls

    def usable_mechanisms(self) -> dict[str, Mechanism]:
        return {
            name: mechanism
            for name, mechanism in self.mechanisms.items()
            if (self.peer.secure or not mechanism.needs_tls)
            and (self.password_may_be_shown() or not mechanism.plaintext)
        }

    @property
    def origin(self) -> Origin:
        return Origin("imap", self.peer.address, protocol="IMAP", tls=self.peer.tls, account=self.account)

    async def log_in(self, identity: Identity) -> bytes:
        """The text behind OK. RFC 3501 section 7.1 lets it tell the capabilities. Raises TryLater."""
        self.mailboxes = await self.accounts.mailboxes(identity.account)
        self.account = identity.account
        self.timeout = self.settings.idle
        return b"[CAPABILITY %b] Logged in" % b" ".join(self.capabilities())

    def enable(self, capability: bytes) -> bool:
        """Whether that can be enabled, and was not yet. RFC 5161 section 3.1."""
        found = [one.enable for one in self.offer.extensions if one.capability == capability and one.enable]
        if not found or capability in self.enabled:
            return False
        self.enabled |= {capability}
        found[0](self)
        return True

    def write(self, response: bytes) -> None:
        self.peer.write(response)

    def selected(self) -> View:
        """Raises WrongState."""
        if self.view is None:
            raise WrongState("Select a mailbox first")
        return self.view

    def account_mail(self) -> tuple[Account, Mailboxes]:
        """Raises WrongState."""
        if self.account is None or self.mailboxes is None:
            raise WrongState("Log in first")
        return self.account, self.mailboxes

    async def line(self) -> bytes:
        """The client's next line where it is no command. Raises LineTooLong, Gone."""
        while (line := self.engine.line()) is None:
            await self.more()
        return line

    async def message(self, arguments: Arguments) -> AsyncIterator[bytes]:
        """The octets of the announced literal; then `arguments` go on with what stands behind it. Raises Gone."""
        self.engine.accept()
        while self.engine.owed:
            if chunk := self.engine.take():
                yield chunk
            else:
                await self.more()
        while (rest := self.engine.rest()) is None:
            await self.more()
        arguments.text, arguments.literal = rest
        arguments.at = 0

    async def more(self) -> bool:
        """Wait for more of the client; False: woken instead. Raises Gone."""
        chunk = await self.peer.read()
        if chunk:
            self.engine.feed(chunk)
        return bool(chunk)

    # ---- telling

    async def tell_news(self, expunges: bool) -> None:
        """What has happened in the selected mailbox since the client was told of it last. Raises MailboxGone."""
        if self.view is not None:
            for news in await self.view.advance(expunges):
                await self.tell(self.view, news)

    async def tell(self, view: View, news: News) -> None:
        if news.keywords:
            self.write(reply.flags(view))
        if news.expunged:
            self.write(self.tell_expunged(news))
        self.write(reply.exists(news))
        await self.tell_flags(view, news.changed)

    async def tell_flags(self, view: View, changed: Portion) -> None:
        for portion in changed.sliced(TOLD_AT_ONCE):
            self.write(await self.tell_changed(view, portion))
            await self.peer.room()

    # ---- commands

    async def _answer_next(self) -> None:
        command = self.engine.command()
        if command is None:
            await self.more()
            return
        if await self._answer(command):
            self._budget.earn()
        else:
            self._budget.spend()
        self._turns -= 1
        if not self._turns:
            self._turns = FAIR_SLICE
            await self.peer.room()

    async def _answer(self, command: Command | Refused) -> bool:
        """Whether the client did nothing wrong."""
        if isinstance(command, Refused):
            self.ended = command.ends
            self.write(reply.bye(command.error) if command.ends else reply.refusal(command.tag, command.error))
            return False
        verb = self.offer.verbs.get(command.name)
        try:
            blameless, response = await self._outcome(command, verb)
            await self.tell_news(verb is not None and verb.expunges)
        except MailboxGone as error:
            # Its numbers mean nothing any more; no response says so but this one, which every client understands.
            self.ended = True
            self.write(reply.bye(error))
            return True
        self.write(response)
        afterwards, self.afterwards = self.afterwards, None
        if afterwards is not None:
            await afterwards()
        return blameless

    async def _outcome(self, command: Command, verb: Verb | None) -> tuple[bool, bytes]:
        try:
            if verb is None:
                raise UnknownCommand("No such command")
            if self.state not in verb.states:
                raise WrongState(self._wrong_state(verb))
            text = await verb.run(self, Arguments(command.arguments, command.literal))
        except MailboxGone:
            raise
        except Refusal as error:
            target = verb is not None and verb.target
            return not isinstance(error, BLAMED), reply.refusal(command.tag, error, target)
        return True, reply.ok(command.tag, text or command.name + b" completed")

    def _wrong_state(self, verb: Verb) -> str:
        if self.account is None:
            return "Log in first"
        return "Select a mailbox first" if State.SELECTED in verb.states else "You are logged in already"
