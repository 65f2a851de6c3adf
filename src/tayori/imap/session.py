"""One IMAP conversation, the server's side. RFC 3501 section 3.

Laws: every command gets one tagged response, after all untagged ones it brings; what others did is told before it;
EXPUNGE is told only in commands whose verb allows it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from tayori.errors import (
    Expunged,
    LoginFailed,
    MailboxGone,
    NotAllowed,
    ProtocolError,
    Refusal,
    TooManyErrors,
    TryLater,
    UidRequired,
    UnknownCommand,
    WrongState,
)
from tayori.imap import reply
from tayori.imap.capabilities import Situation, capabilities
from tayori.imap.engine import ANY_SIZE, UNASKED, Command, Engine, Refused
from tayori.imap.fetch_items import Attribute
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb, offer
from tayori.imap.rows import Form, attribute_values
from tayori.imap.sequence import uid_ranges
from tayori.imap.settings import Settings
from tayori.imap.view import News, Portion, View
from tayori.model import DELIMITER, Account, Identity, MailboxName, Origin
from tayori.ports import Accounts, Clock, Directory, Intake, Mailboxes, Peer
from tayori.sasl.mechanism import Mechanism
from tayori.wire.budget import ErrorBudget

if TYPE_CHECKING:
    from tayori.imap.watching import Watching

FAIR_SLICE = 32  # commands after which others get a turn, should a client send so many at once
TOLD_AT_ONCE = 500  # messages of which is told before others get a turn

BLAMED = (ProtocolError, LoginFailed)  # what uses up the error budget


class Session:
    """Implements ports.Conversation."""

    __slots__ = (
        "_budget", "_turns", "account", "accounts", "afterwards", "beside_flags", "clock", "cut", "directory",
        "enabled", "ended", "engine", "intake", "mailboxes", "mechanisms", "offer", "peer", "placed", "settings",
        "spent", "tag", "tell_expunged", "timeout", "uid_only", "utf8", "view", "watching",
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
        unasked = ANY_SIZE if b"LITERAL+" in self.offer.names else UNASKED
        self.engine = Engine(peer.write, self.offer.streamed, unasked)
        self.timeout = settings.login_timeout
        self.account: Account | None = None
        self.mailboxes: Mailboxes | None = None  # the account's
        self.view: View | None = None  # of the selected mailbox
        self.enabled: frozenset[bytes] = frozenset()  # in upper case, by ENABLE or by what implies it
        self.uid_only = False  # messages have no numbers, RFC 9586
        self.utf8 = False  # mailbox names are UTF-8, by RFC 6855 or RFC 9051
        self.tell_expunged: Callable[[News], bytes] = reply.expunged  # what ENABLE may change
        self.beside_flags: tuple[Attribute, ...] = ()  # what is told with flags that nobody asked for
        self.spent: frozenset[bytes] = frozenset()  # capabilities that can be had once, and were
        self.cut: int | None = None  # the lowest UID that the command has looked at, where a limit held, RFC 9738
        self.watching: Watching | None = None  # by NOTIFY
        self.tag = b""  # of the command that is being answered
        self.placed = b""  # what was told untagged of where its messages have come to lie
        self.afterwards: Callable[[], Awaitable[None]] | None = None  # done once the tagged response is said
        self.ended = False
        self._budget = ErrorBudget(settings.errors)
        self._turns = FAIR_SLICE

    # ---- ports.Conversation

    async def run(self) -> None:
        self.peer.write(reply.ok(b"*", b"[CAPABILITY %b] Tayori is ready" % self.capabilities()))
        try:
            while not self.ended:
                await self._answer_next()
        except TooManyErrors as error:
            self.peer.write(reply.bye(error))
        finally:
            self.watch(None)

    def farewell(self, reason: str) -> bytes:
        return reply.FAREWELLS.get(reason, b"")

    # ---- what verbs ask of it

    @property
    def state(self) -> State:
        if self.account is None:
            return State.NOT_AUTHENTICATED
        return State.AUTHENTICATED if self.view is None else State.SELECTED

    @property
    def situation(self) -> Situation:
        peer = self.peer
        mechanisms = tuple(self.mechanisms.values())
        return Situation(
            self.settings, self.account is not None, peer.secure, peer.can_start_tls, mechanisms, self.spent
        )

    def capabilities(self) -> bytes:
        """What CAPABILITY lists now."""
        return capabilities(self.situation)

    @property
    def origin(self) -> Origin:
        return Origin("imap", self.peer.address, protocol="IMAP", tls=self.peer.tls, account=self.account)

    async def log_in(self, identity: Identity) -> bytes:
        """The text behind OK. RFC 3501 section 7.1 lets it tell the capabilities. Raises TryLater."""
        self.mailboxes = await self.accounts.mailboxes(identity.account)
        self.account = identity.account
        self.timeout = self.settings.idle
        return b"[CAPABILITY %b] Logged in" % self.capabilities()

    def log_out(self) -> None:
        """As it was before login. RFC 8437 section 3."""
        self.watch(None)
        self.account = self.mailboxes = self.view = None
        self.enabled, self.utf8, self.uid_only = frozenset(), False, False
        self.tell_expunged, self.beside_flags = reply.expunged, ()
        self.timeout = self.settings.login_timeout

    def enable(self, name: bytes) -> bytes | None:
        """The capability of that name (in upper case), if it can be enabled and was not yet. RFC 5161 section 3.1."""
        for one in self.offer.extensions:
            if one.capability.upper() == name and one.enable and name not in self.enabled:
                self.enabled |= {name}
                one.enable(self)
                return one.capability
        return None

    def is_rev2(self) -> bool:
        """RFC 9051 is spoken: no RECENT, and ESEARCH for SEARCH."""
        return b"IMAP4REV2" in self.enabled

    def spelt(self, name: str) -> bytes:
        """A mailbox's name as this client reads it."""
        return reply.mailbox(name, self.utf8)

    def old_name(self, written: str, name: MailboxName) -> bytes:
        """For IMAP4rev2's LIST, where a name was written otherwise than it is kept. RFC 9051 section 6.3.9."""
        if not self.is_rev2() or written.removesuffix(DELIMITER).casefold() == name.casefold():
            return b""
        return b' ("OLDNAME" (%b))' % self.spelt(written)

    def write(self, response: bytes) -> None:
        self.peer.write(response)

    def tell_placed(self, code: bytes) -> None:
        """APPENDUID or COPYUID and a text, before the EXPUNGEs of the same command. RFC 6851 section 4.3."""
        self.write(b"* OK %b\r\n" % code)
        self.placed = code

    def selected(self) -> View:
        """Raises WrongState."""
        if self.view is None:
            raise WrongState("Select a mailbox first")
        return self.view

    def writable(self) -> View:
        """The selected mailbox. Raises NotAllowed: by EXAMINE; WrongState."""
        view = self.selected()
        if view.read_only:
            raise NotAllowed("The mailbox was selected for reading only")
        return view

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
        """The octets of the announced literal; then `arguments` go on with what stands behind it.

        Raises Gone; LineTooLong, TooLarge for what follows.
        """
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

    def watch(self, watching: "Watching | None") -> None:
        """From now on that says what is told, and when."""
        if self.watching is not None:
            self.watching.end()
        self.watching = watching

    async def tell_all(self, expunges: bool) -> None:
        """The news, and of other mailboxes what the client watches. Raises MailboxGone."""
        await (self.tell_news(expunges) if self.watching is None else self.watching.tell(expunges))

    async def tell_news(self, expunges: bool) -> None:
        """What has happened in the selected mailbox since the client was told of it last. Raises MailboxGone."""
        if self.watching is not None and not self.watching.tells_news:
            return
        view = self.view
        if view is None:
            return
        for news in await view.advance(expunges):
            for follower in view.followers.values():
                follower.leave_out(news)
                if len(news.expunged) > TOLD_AT_ONCE:
                    await self.peer.room()
            await self.tell(view, news)
        if view.followers:
            for follower in view.followers.values():
                await follower.look_again(view.changed)
            view.changed = set()  # now that all have looked: who could not looks the next time
        await self._tell_arrivals(view)
        for follower in view.followers.values():
            follower.tell()

    async def _tell_arrivals(self, view: View) -> None:
        """What NOTIFY and UPDATE want to know of new messages: before what searches find now. RFC 5465 section 7.

        Its section 5.2 wants it behind that; servers can have either behaviour (erratum 4833).
        """
        asked = [] if self.watching is None else self.watching.arrivals(view)
        for follower in view.followers.values():
            asked += follower.arrivals()
        if asked:
            from tayori.imap.commands.fetch import tell_arrived  # which imports this module

            await tell_arrived(self, view, asked)

    async def tell(self, view: View, news: News) -> None:
        if news.keywords:
            self.write(reply.flags(view))
        if news.expunged:
            self.write(self.tell_expunged(news))
        self.write(reply.exists(news))
        if self.watching is None or self.watching.tells_flags():
            await self.tell_flags(view, news.changed)

    async def tell_flags(self, view: View, changed: Portion) -> None:
        """Flags, always with the UID, which RFC 3501 section 6.4.8 asks for after UID STORE."""
        form = Form(uid=not self.uid_only, flags=True, attributes=self.beside_flags, by_uid=self.uid_only)
        await self._tell_rows(view, changed, form)

    async def tell_attributes(self, view: View, changed: Portion) -> None:
        """What stands beside flags, without them: of one's own silent STORE. RFC 7162 section 3.1.3."""
        if self.beside_flags:
            form = Form(uid=not self.uid_only, flags=False, attributes=self.beside_flags, by_uid=self.uid_only)
            await self._tell_rows(view, changed, form)

    async def _tell_rows(self, view: View, changed: Portion, form: Form) -> None:
        for portion in changed.sliced(TOLD_AT_ONCE):
            ranges = uid_ranges(portion.uids) if form.attributes else ()
            values, there = await attribute_values(view.mailbox, ranges, portion, form.attributes)
            self.write(b"".join(form.written(there, values, view.texts)))
            await self.peer.room()

    # ---- commands

    async def _answer_next(self) -> None:
        command = self.engine.command()
        if command is None:
            if not await self.more() and self.watching is not None:
                await self._look_around(self.watching)
            return
        if await self._answer(command):
            self._budget.earn()
        else:
            self._budget.spend()
        self._turns -= 1
        if not self._turns:
            self._turns = FAIR_SLICE
            await self.peer.room()

    async def _look_around(self, watching: "Watching") -> None:
        """Somebody has changed something while no command runs."""
        try:
            await watching.between()
        except MailboxGone as error:
            self._end(error)
        except TryLater:
            pass  # it is told with the next change, or the next command

    def _end(self, gone: MailboxGone) -> None:
        """Its numbers mean nothing any more; no response says so but this one, which every client understands."""
        self.ended = True
        self.write(reply.bye(gone))

    async def _answer(self, command: Command | Refused) -> bool:
        """Whether the client did nothing wrong."""
        if isinstance(command, Refused):
            self.ended = command.ends
            self.write(reply.bye(command.error) if command.ends else reply.refusal(command.tag, self._refusal(command)))
            return False
        verb = self.offer.verbs.get(command.name)
        try:
            blameless, response = await self._outcome(command, verb)
            if self.watching is not None:
                await self.watching.after(command, verb, response)
            elif verb is None or verb.news:
                await self.tell_news(verb is not None and verb.expunges)
        except MailboxGone as error:
            self._end(error)
            return True
        self.write(response)
        self.peer.separate()
        afterwards, self.afterwards = self.afterwards, None
        if afterwards is not None:
            await afterwards()
        return blameless

    def _refusal(self, refused: Refused) -> Refusal:
        """What a verb says of a literal that is too long, or what the engine says."""
        verb = self.offer.verbs.get(refused.name)
        return (verb.too_large if verb is not None else None) or refused.error

    async def _outcome(self, command: Command, verb: Verb | None) -> tuple[bool, bytes]:
        try:
            if verb is None:
                raise UnknownCommand("No such command")
            if self.state not in verb.states:
                raise WrongState(self._wrong_state(verb))
            if verb.numbers and self.uid_only:
                raise UidRequired("Sequence numbers are not spoken of here: say UID before it")
            self.tag, self.placed = command.tag, b""
            text = await verb.run(self, Arguments(command.arguments, command.literal, self.utf8))
        except MailboxGone:
            raise
        except Refusal as error:
            if isinstance(error, Expunged):  # what was there was looked at
                self._cut_told(b"[EXPUNGEISSUED]")
            self.cut = None
            target = verb is not None and verb.target
            return not isinstance(error, BLAMED), reply.refusal(command.tag, error, target)
        return True, reply.ok(command.tag, self._cut_told(text or command.name + b" completed"))

    def _cut_told(self, text: bytes) -> bytes:
        """The text behind OK, which tells that there was more to do than one command does."""
        if self.cut is None:
            return text
        untagged, text = reply.with_code(b"[MESSAGELIMIT %d %d]" % (self.settings.message_limit, self.cut), text)
        self.write(untagged)
        self.cut = None
        return text

    def _wrong_state(self, verb: Verb) -> str:
        if self.account is None:
            return "Log in first"
        return "Select a mailbox first" if State.SELECTED in verb.states else "You are logged in already"
