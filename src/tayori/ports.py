"""What the pure part asks of the world. Each port is implemented above (net, spool, store, directory) and by the tests.

Law: a method that may wait is `async def`; nothing else waits. Cancelling any of them leaves no half message.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol

from tayori.errors import Refusal
from tayori.model import (
    Account,
    AccountChanges,
    Action,
    Address,
    Arrangement,
    Arrival,
    Buffer,
    Changes,
    Column,
    Copied,
    Envelope,
    FlagChange,
    Identity,
    MailboxInfo,
    MailboxName,
    Origin,
    Placement,
    Quota,
    Ranges,
    Receipt,
    Replaced,
    Row,
    SearchKey,
    Snapshot,
    Status,
    Stored,
)

# ---- net


class Peer(Protocol):
    """The other end of a conversation; TLS or not is the same to who talks."""

    @property
    def address(self) -> str:
        """ "127.0.0.1", "::1", or "unix"."""

    @property
    def secure(self) -> bool:
        """TLS is on."""

    @property
    def tls(self) -> str:
        """ "TLSv1.3 TLS_AES_256_GCM_SHA384", or ""."""

    @property
    def can_start_tls(self) -> bool:
        """A certificate is there and TLS is not on yet."""

    async def read(self) -> bytes:
        """What came, at least one octet; b"" after `wake` (look around, then read again). Raises Gone at the end."""

    def write(self, chunk: bytes) -> None:
        """Send, in order; never blocks. What many small writes give between two reads leaves as one."""

    async def room(self) -> None:
        """Return at once or when the peer has taken enough that more may be written. Raises Gone."""

    async def start_tls(self) -> None:
        """Send what was written, drop every octet not yet read, and negotiate TLS. Raises Gone when that fails."""

    def start_compression(self, behind: bytes) -> None:
        """Deflate what is written from now on, inflate what is read; `behind` was read before and begins that.

        Then `read` raises Gone too when that cannot be done. RFC 4978.
        """

    def separate(self) -> None:
        """Where there is compression, what is written from now on shares none with what was written before."""

    def wake(self) -> None:
        """Make a waiting (or the next) `read` return b"": something else wants to be looked at."""

    def channel_binding(self, kind: str) -> bytes | None:
        """The octets of "tls-exporter" or "tls-server-end-point" (RFC 9266, RFC 5929), or None."""


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970, UTC."""

    def zone(self) -> int:
        """Minutes east of UTC, for what people read."""


class Conversation(Protocol):
    """What net runs on a connection: smtp.Session, imap.Session, pop3.Session."""

    @property
    def timeout(self) -> float:
        """Seconds of silence from the peer that are borne now; net closes after them."""

    async def run(self) -> None:
        """Talk until the end; return to close. Raises Gone."""

    def farewell(self, reason: str) -> bytes:
        """The last words when net ends it from outside: "timeout", "shutdown" or "fault" (b"" for none)."""


# ---- spool: the way in


class Draft(Protocol):
    """A message on its way in. Nothing of it exists for anyone until `commit` returns."""

    async def write(self, chunk: bytes) -> None:
        """Take the next octets, in CRLF form as sent. Raises NoSpace, TryLater."""

    async def commit(self) -> Receipt:
        """Decide, log, apply, sync. On return the message survives a power cut and can be read by everyone.

        Raises TryLater, NoSpace, OverQuota, MailLoop, NoSuchMailbox: then nothing of it is kept. By LMTP that may be a
        matter of some recipients, or of each for a reason of its own: then it returns, and `refused` tells of them.
        """

    @property
    def refused(self) -> Mapping[int, Refusal]:
        """By LMTP, after `commit`: those of the envelope's recipients for whom it is not kept. RFC 2033 section 4.2."""

    async def set_aside(self) -> None:
        """All of it has come: keep it outside memory until it is committed. Raises NoSpace, TryLater."""

    def discard(self) -> None:
        """Forget it; may be said at any time and again (after commit it does nothing)."""


class Intake(Protocol):
    """Where messages go in. smtp, imap and the sendmail socket know the spool only so."""

    async def sender(self, path: str, origin: Origin) -> None:
        """Return if this reverse-path may be used by `origin`. Raises SenderNotAllowed, TryLater."""

    async def recipient(self, address: Address, origin: Origin) -> list[Action]:
        """What would become of a message to `address`. Raises NoSuchMailbox, RelayDenied, OverQuota, TryLater."""

    async def message(self, envelope: Envelope, origin: Origin, size: int) -> Draft:
        """A draft for SMTP, LMTP or submission; `size` is the declared one or 0. Raises NoSpace, TryLater.

        The draft adds the trace fields (Received, Return-Path, Delivered-To), and Message-ID and Date where a
        submission lacks them.
        """

    async def append(
        self,
        account: Account,
        mailbox: MailboxName,
        flags: tuple[str, ...],
        received: tuple[int, int] | None,
        size: int,
        replaces: Replaced | None = None,
    ) -> Draft:
        """A draft for APPEND, kept as it comes; `received` is (seconds UTC, zone minutes), None for now.

        What it `replaces` goes in the step that brings it. Raises NoSuchMailbox, OverQuota, NoSpace, TryLater.
        """

    async def commit_all(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """Commit drafts of `append` for one account as one step, all or none of them, also over a crash.

        Raises what `Draft.commit` does.
        """


# ---- store


class Mailbox(Protocol):
    """One mailbox, by identity: renaming changes nothing here; once it is deleted every method raises MailboxGone."""

    @property
    def id(self) -> str:
        """MailboxInfo.id of it, for as long as it is there."""

    async def latest(self) -> Snapshot:
        """The newest version: everything that anybody was promised before the call is in it."""

    async def advance(self, told: Snapshot) -> Changes:
        """What has happened since `told`; `Changes.now is told` when nothing has. Costs what has changed."""

    async def claim_recent(self) -> int:
        """The lowest UID that is \\Recent to the caller, to whom alone it is given. RFC 3501 section 2.3.2."""

    async def rows(self, ranges: Ranges, columns: tuple[Column, ...]) -> list[Row]:
        """Rows in UID order; UIDs that are gone are missing. The caller asks in slices (200 rows), lets go between."""

    async def content(self, uid: int) -> Buffer:
        """The message. Raises Expunged."""

    async def contents(self, uids: Sequence[int]) -> list[Buffer | None]:
        """Of the first of these UIDs, one at least, as many as are read in a moment; None for one that is gone."""

    async def fields(self, uids: Sequence[int], names: frozenset[bytes], others: bool) -> list[bytes | None]:
        """Their headers' fields so named (lower case), or all `others`, in CRLF form, with the header's blank line.

        None for each that is gone; some of those may still be given.
        """

    async def store(
        self, ranges: Ranges, change: FlagChange, flags: tuple[str, ...], unchanged_since: int | None = None
    ) -> Stored:
        """Change flags, as one step. Unknown keywords are made. Raises TooMany (keywords), InUse."""

    async def copy(self, ranges: Ranges, target: MailboxName) -> Copied:
        """All or nothing. Raises NoSuchMailbox, OverQuota, InUse."""

    async def move(self, ranges: Ranges, target: MailboxName) -> Copied:
        """All or nothing; as `copy`, then gone from here in the same step. RFC 6851."""

    async def expunge(self, ranges: Ranges | None = None) -> list[int]:
        """Remove what is \\Deleted (among `ranges`, RFC 4315), as one step; the UIDs that went."""

    async def remove(self, ranges: Ranges) -> list[int]:
        """Remove these whatever their flags (POP3's QUIT), as one step; the UIDs that went."""

    async def search(self, key: SearchKey) -> list[int]:
        """UIDs that match, ascending."""

    def kept(self, key: Hashable) -> Arrangement | None:
        """What any session had kept under that key last, maybe of another version; None once it is forgotten."""

    def keep(self, key: Hashable, arrangement: Arrangement) -> None:
        """Keep it a while for all sessions of this process."""

    async def relevancy(self, key: SearchKey, uids: Sequence[int]) -> list[int]:
        """How well each of these, which `search` gave for the key, matches: 1 to 100. RFC 6203 section 4."""


class Mailboxes(Protocol):
    """One account's mail."""

    async def listing(self) -> list[MailboxInfo]:
        """All mailboxes and subscriptions, sorted by name, INBOX first."""

    async def create(self, name: MailboxName, special_use: str = "") -> str:
        """Make it, and the levels above it; its id. Raises MailboxExists, CannotDo, TooMany."""

    async def delete(self, name: MailboxName) -> None:
        """Raises NoSuchMailbox, CannotDo (INBOX), HasChildren (only the name is there)."""

    async def rename(self, old: MailboxName, new: MailboxName) -> None:
        """With everything below it; INBOX instead gives its messages to a new one. RFC 3501 section 6.3.5."""

    async def subscribe(self, name: MailboxName) -> None: ...

    async def unsubscribe(self, name: MailboxName) -> None: ...

    async def status(self, name: MailboxName) -> Status:
        """Raises NoSuchMailbox."""

    async def statuses(self, names: Sequence[MailboxName]) -> Mapping[MailboxName, Status]:
        """Of those that are there, all at once; a hundred cost what ten would one by one."""

    async def quota(self) -> Quota:
        """What all of it takes, and may take."""

    async def annotations(
        self, name: MailboxName | None, entries: Sequence[str], depth: int | None
    ) -> dict[str, bytes]:
        """What is noted of a mailbox, or with None of the server, in these entries and so many levels below; None: all.

        Entries are lower case; those without a value are missing. Raises NoSuchMailbox. RFC 5464.
        """

    async def annotate(self, name: MailboxName | None, values: Mapping[str, bytes | None]) -> None:
        """Set entries, or remove those that are given None, as one step. Raises NoSuchMailbox, TooManyAnnotations."""

    async def annotated_since(self, modseq: int) -> list[tuple[MailboxName | None, str]]:
        """Which entries were set or removed after that MODSEQ, of which mailboxes (None: the server), in that order."""

    async def open(self, name: MailboxName) -> Mailbox:
        """Raises NoSuchMailbox."""

    async def changed_since(self, modseq: int) -> AccountChanges:
        """Costs what has changed; 0 gives all that is there."""

    def follow(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` after changes of this account, by whomever; the result ends that. May wake for nothing."""


class Accounts(Protocol):
    async def mailboxes(self, account: Account) -> Mailboxes:
        """Its mail, made with INBOX and the special-use mailboxes if it is new. Raises TryLater."""


# ---- directory


class ScramKeys(Protocol):
    """RFC 5802 section 3, for one hash."""

    @property
    def salt(self) -> bytes: ...

    @property
    def iterations(self) -> int: ...

    @property
    def stored_key(self) -> bytes: ...

    @property
    def server_key(self) -> bytes: ...

    @property
    def nonce(self) -> str:
        """The server's: printable, no commas, new each time. The pure part draws no number."""


class Directory(Protocol):
    """Who is here. Look-ups are by the address lower-cased; `delivery` applies +detail, catch-all and postmaster."""

    def is_local(self, domain: str) -> bool: ...

    async def account(self, address: Address) -> Account | None:
        """The account of just that address."""

    async def alias(self, address: Address) -> list[Address] | None:
        """Where an alias of just that address leads; Address("", domain) asks for the domain's catch-all."""

    async def owns(self, account: Account, address: Address) -> bool:
        """Whether the account may send as `address`: its own, an alias that leads to it."""

    async def log_in(self, login: str, password: str, origin: Origin, authorize: str = "") -> Identity:
        """Raises LoginFailed, TryLater (too busy to check, too many failures)."""

    async def scram_keys(self, login: str, mechanism: str, origin: Origin) -> tuple[Identity, ScramKeys]:
        """For "SCRAM-SHA-256". An unknown login gets the same kind of answer, made up and stable.

        Raises LoginFailed, TryLater (too many failures).
        """

    def proved(self, login: str, origin: Origin, proof: bool) -> None:
        """Count what came of a proof that only the mechanism could check."""

    async def token(self, login: str, token: str, origin: Origin) -> Identity:
        """Check an OAuth bearer token. Raises LoginFailed, TryLater."""


# ---- what spool, store, queue and directory know of each other (app joins them)


class Applier(Protocol):
    """Where the spool puts messages: store implements it."""

    async def room(self, account: Account, octets: int, messages: int = 1, replaces: Replaced | None = None) -> None:
        """Return if the account may grow by so much while that one goes; `place` asks again. Raises OverQuota."""

    async def place(self, arrivals: Sequence[Arrival]) -> list[Placement | Exception | None]:
        """Apply in the order given: files under their final names, then rows, one transaction an account; sync nothing.

        One answer an arrival: where it lies; None when its account's catalog has already seen its position (it was
        placed before a crash, and may have been moved or expunged since); or why it could not be placed: OverQuota,
        with all that come `together` with it; TryLater, NoSuchMailbox (the account is gone): then nothing of that
        account's arrivals of this call was placed.
        """

    async def withdraw(self, placements: Sequence[Placement]) -> None:
        """Take back what was placed and could not be made durable; rows and files go as if expunged."""

    def before_settling(self) -> object:
        """Note what is pending; the result is handed to `settled` once a syncfs that began after this has ended."""

    async def settled(self, mark: object) -> None:
        """All that `before_settling` noted is on the disk: UID limits may be used, expunged files unlinked."""

    def unsettled(self) -> bool:
        """Whether anything has changed since the last settling began."""


class Hints(Protocol):
    """Lossy news between workers. DESIGN section 1, idea 3."""

    def changed(self, account: Account, modseq: int) -> None:
        """Tell every worker, this one too."""
