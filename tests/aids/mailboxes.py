"""Accounts, mailboxes and messages in memory: ports.py kept to the letter, for the talks and tests of IMAP and POP3."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as day
from email import message_from_bytes, policy
from email.message import EmailMessage

from tayori.errors import (
    CannotDo,
    Expunged,
    HasChildren,
    MailboxExists,
    MailboxGone,
    NoSuchMailbox,
    TooMany,
    TooManyAnnotations,
)
from tayori.message import date, header
from tayori.message.digest import digest
from tayori.message.sort_keys import sort_keys
from tayori.model import (
    DELETED,
    FIRST_KEYWORD_BIT,
    INBOX,
    MAX_KEYWORDS,
    SEEN,
    SPECIAL_USE_ENTRY,
    SPECIAL_USES,
    SYSTEM_FLAGS,
    Account,
    AccountChanges,
    All,
    And,
    Arrangement,
    Before,
    BodyHas,
    Buffer,
    Changes,
    Column,
    Copied,
    DateField,
    FlagChange,
    Fuzzy,
    HasEmailId,
    HasFlag,
    HasThreadId,
    HeaderHas,
    Larger,
    MailboxInfo,
    MailboxName,
    ModSeqFrom,
    Not,
    On,
    Or,
    Quota,
    Ranges,
    Row,
    SearchKey,
    Since,
    Smaller,
    Snapshot,
    Standing,
    Status,
    Stored,
    TextHas,
    Uids,
    Younger,
)

EPOCH = date.UNIX_EPOCH
MAX_ANNOTATIONS = 100  # of one mailbox, or of the server
NOW = 1_800_000_000  # what the clock says in every test, seconds UTC


@dataclass(slots=True)
class Message:
    """One message; `raw` as it came."""

    uid: int
    raw: bytes
    flags: int
    received: int
    zone: int
    modseq: int

    def buffer(self) -> Buffer:
        """LF stands for CRLF where every line end was CRLF, as in a Maildir."""
        lf = self.raw.replace(b"\r\n", b"\n")
        whole = b"\r" not in lf and lf.count(b"\n") == self.raw.count(b"\r\n")
        return Buffer(lf, True) if whole else Buffer(self.raw, False)


class MemoryMailbox:
    """ports.Mailbox over a dict."""

    def __init__(self, account: "MemoryMailboxes", name: MailboxName, uid_validity: int, special_use: str = "") -> None:
        self.account = account
        self.name = name
        self.special_use = special_use
        self.uid_validity = uid_validity
        self.uid_next = 1
        self.modseq = account.next_modseq()
        self.keywords: list[str] = []
        self.messages: dict[int, Message] = {}
        self.recent_from = 1
        self.gone = False
        self.arrangements: dict[Hashable, Arrangement] = {}
        self.notes: dict[str, bytes] = {}
        self._snapshot: Snapshot | None = None

    # What tests do to it from outside

    def add(self, raw: bytes, flags: Iterable[str] = (), received: int = NOW, zone: int = 0) -> int:
        """The UID of a message that arrives."""
        uid, self.uid_next = self.uid_next, self.uid_next + 1
        self.messages[uid] = Message(uid, raw, self._bits(flags), received, zone, self._changed())
        return uid

    def flags_of(self, uid: int) -> frozenset[str]:
        names = (*SYSTEM_FLAGS, *self.keywords)
        return frozenset(name for bit, name in enumerate(names) if self.messages[uid].flags >> bit & 1)

    # ports.Mailbox

    async def latest(self) -> Snapshot:
        self._check()
        if self._snapshot is None:
            self._snapshot = Snapshot(
                self.uid_validity,
                self.uid_next,
                self.modseq,
                tuple(self.keywords),
                array("I", self.messages),
                array("q", [message.flags for message in self.messages.values()]),
            )
        return self._snapshot

    async def advance(self, told: Snapshot) -> Changes:
        now = await self.latest()
        if now is told or now.modseq == told.modseq:
            return Changes(told, [], [])
        vanished = [uid for uid in told.uids if uid not in self.messages]
        kept = [self.messages[uid] for uid in told.uids if uid in self.messages]
        return Changes(now, vanished, [message.uid for message in kept if message.modseq > told.modseq])

    async def claim_recent(self) -> int:
        self._check()
        recent, self.recent_from = self.recent_from, self.uid_next
        return recent

    async def rows(self, ranges: Ranges, columns: tuple[Column, ...]) -> list[Row]:
        self._check()
        return [(each.uid, *(_column(each, column) for column in columns)) for each in self._among(ranges)]

    async def content(self, uid: int) -> Buffer:
        self._check()
        if uid not in self.messages:
            raise Expunged("That message is gone")
        return self.messages[uid].buffer()

    async def contents(self, uids: Sequence[int]) -> list[Buffer | None]:
        """Two at once, so that what asks has to ask again."""
        self._check()
        return [self.messages[uid].buffer() if uid in self.messages else None for uid in uids[:2]]

    async def fields(self, uids: Sequence[int], names: frozenset[bytes], others: bool) -> list[bytes | None]:
        self._check()
        there = [self.messages[uid].buffer() if uid in self.messages else None for uid in uids]
        return [None if buffer is None else _chosen_fields(buffer, names, others) for buffer in there]

    async def store(
        self, ranges: Ranges, change: FlagChange, flags: tuple[str, ...], unchanged_since: int | None = None
    ) -> Stored:
        self._check()
        bits = self._bits(flags)
        chosen = list(self._among(ranges))
        refused = [each.uid for each in chosen if unchanged_since is not None and each.modseq > unchanged_since]
        wanted = [(each, _changed_flags(each.flags, change, bits)) for each in chosen if each.uid not in refused]
        different = [(each, flags_now) for each, flags_now in wanted if each.flags != flags_now]
        modseq = self._changed() if different else self.modseq
        for each, flags_now in different:
            each.flags, each.modseq = flags_now, modseq
        return Stored(refused, modseq)

    async def copy(self, ranges: Ranges, target: MailboxName) -> Copied:
        self._check()
        there = self.account.named(target)
        copied = Copied(there.uid_validity, [], [])
        for each in list(self._among(ranges)):
            names = self.flags_of(each.uid)
            copied.source.append(each.uid)
            copied.target.append(there.add(each.raw, names, each.received, each.zone))
        return copied

    async def move(self, ranges: Ranges, target: MailboxName) -> Copied:
        copied = await self.copy(ranges, target)
        await self.remove([(uid, uid) for uid in copied.source])
        return copied

    async def expunge(self, ranges: Ranges | None = None) -> list[int]:
        self._check()
        among = self.messages.values() if ranges is None else self._among(ranges)
        return self._drop([each.uid for each in among if each.flags & DELETED])

    async def remove(self, ranges: Ranges) -> list[int]:
        self._check()
        return self._drop([each.uid for each in self._among(ranges)])

    async def search(self, key: SearchKey) -> list[int]:
        self._check()
        return [each.uid for each in self.messages.values() if self._matches(each, key)]

    def kept(self, key: Hashable) -> Arrangement | None:
        return self.arrangements.get(key)

    def keep(self, key: Hashable, arrangement: Arrangement) -> None:
        self.arrangements[key] = arrangement

    async def relevancy(self, key: SearchKey, uids: Sequence[int]) -> list[int]:
        """The higher the UID, the better: 1, 2 … 100."""
        self._check()
        return [min(uid, 100) for uid in uids]

    # Within

    def status(self) -> Status:
        flags = [each.flags for each in self.messages.values()]
        return Status(
            messages=len(flags),
            recent=sum(uid >= self.recent_from for uid in self.messages),
            uid_next=self.uid_next,
            uid_validity=self.uid_validity,
            unseen=sum(not bits & SEEN for bits in flags),
            deleted=sum(bool(bits & DELETED) for bits in flags),
            size=sum(len(wire(each)) for each in self.messages.values()),
            highest_modseq=self.modseq,
            mailbox_id=self.id,
            deleted_size=sum(len(wire(each)) for each in self.messages.values() if each.flags & DELETED),
        )

    @property
    def id(self) -> str:
        return f"M{self.uid_validity}"

    def _check(self) -> None:
        if self.gone:
            raise MailboxGone("The mailbox was deleted")

    def _changed(self) -> int:
        self.modseq = self.account.next_modseq()
        self._snapshot = None
        self.account.wake()
        return self.modseq

    def _bits(self, flags: Iterable[str]) -> int:
        bits = 0
        for name in flags:
            bits |= 1 << self._bit(name)
        return bits

    def _bit(self, name: str) -> int:
        names = [known.lower() for known in (*SYSTEM_FLAGS, *self.keywords)]
        if name.lower() in names:
            return names.index(name.lower())
        if len(self.keywords) >= MAX_KEYWORDS:
            raise TooMany("No more keywords")
        self.keywords.append(name)
        self._changed()
        return FIRST_KEYWORD_BIT + len(self.keywords) - 1

    def _among(self, ranges: Ranges) -> list[Message]:
        uids = list(self.messages)
        return [
            self.messages[uid]
            for first, last in ranges
            for uid in uids[bisect_left(uids, first) : bisect_left(uids, last + 1)]
        ]

    def _drop(self, uids: list[int]) -> list[int]:
        for uid in uids:
            del self.messages[uid]
        if uids:
            self._changed()
        return uids

    def _matches(self, each: Message, key: SearchKey) -> bool:
        match key:
            case All():
                return True
            case Uids(ranges):
                return any(first <= each.uid <= last for first, last in ranges)
            case HasFlag(flag):
                return flag.lower() in {name.lower() for name in self.flags_of(each.uid)}
            case Not(inner):
                return not self._matches(each, inner)
            case Or(keys):
                return any(self._matches(each, inner) for inner in keys)
            case And(keys):
                return all(self._matches(each, inner) for inner in keys)
            case ModSeqFrom(modseq):
                return each.modseq >= modseq
            case Before() | On() | Since() | Younger():
                return _matches_date(each, key)
            case Larger(octets):
                return len(wire(each)) > octets
            case Smaller(octets):
                return len(wire(each)) < octets
            case HeaderHas() | BodyHas() | TextHas():
                return _matches_text(each, key)
            case Fuzzy(inner):
                return self._matches(each, inner)
            case HasEmailId(wanted):
                return _column(each, Column.EMAIL_ID) == wanted.encode()
            case HasThreadId(wanted):
                return _column(each, Column.THREAD_ID) == wanted.encode()


class MemoryMailboxes:
    """ports.Mailboxes of one account."""

    def __init__(self, modseq: int = 1000) -> None:
        self.modseq = modseq
        self.arranged = modseq  # when mailboxes came, went or were renamed last, or a subscription changed
        self.mailboxes: dict[str, MemoryMailbox] = {}
        self.subscriptions: set[str] = set()
        self.limits: tuple[int | None, int | None] = (None, None)  # octets, messages
        self.notes: dict[str, bytes] = {}  # of the server
        self.noted: list[tuple[int, MemoryMailbox | None, str]] = []  # when, of which mailbox, which entry
        self._wakes: list[Callable[[], None]] = []
        self._validity = 0
        for name in (INBOX, *SPECIAL_USES):
            self._make(MailboxName(name), SPECIAL_USES.get(name, ""))
            self.subscriptions.add(name)

    def named(self, name: MailboxName) -> MemoryMailbox:
        if name not in self.mailboxes:
            raise NoSuchMailbox("No such mailbox")
        return self.mailboxes[name]

    def next_modseq(self) -> int:
        self.modseq += 1
        return self.modseq

    def wake(self) -> None:
        for wake in list(self._wakes):
            wake()

    # ports.Mailboxes

    async def listing(self) -> list[MailboxInfo]:
        parents = {name[:at] for name in self.mailboxes for at, octet in enumerate(name) if octet == "/"}
        names = set(self.mailboxes) | self.subscriptions | parents
        return [self._info(MailboxName(name)) for name in sorted(names, key=lambda name: (name != INBOX, name))]

    async def create(self, name: MailboxName, special_use: str = "") -> str:
        if name in self.mailboxes:
            raise MailboxExists("That mailbox is there already")
        self._make_levels_above(name)
        return self._make(name, special_use).id

    async def delete(self, name: MailboxName) -> None:
        if name == INBOX:
            raise CannotDo("INBOX cannot be deleted")
        if name not in self.mailboxes and any(other.startswith(name + "/") for other in self.mailboxes):
            raise HasChildren("Mailboxes lie below it: delete those first")
        self.named(name).gone = True
        del self.mailboxes[name]
        self._rearranged()

    async def rename(self, old: MailboxName, new: MailboxName) -> None:
        moving = self.named(old)
        if new in self.mailboxes:
            raise MailboxExists("That mailbox is there already")
        if old == INBOX:
            await self.create(new)
            self.named(new).notes = dict(moving.notes)
            await moving.move([(1, moving.uid_next)], new)
            return
        self._make_levels_above(new)
        for name in [name for name in self.mailboxes if name == old or name.startswith(old + "/")]:
            mailbox = self.mailboxes.pop(name)
            mailbox.name = MailboxName(new + name[len(old) :])
            self.mailboxes[mailbox.name] = mailbox
        self._rearranged()

    async def subscribe(self, name: MailboxName) -> None:
        self.subscriptions.add(name)
        self._rearranged()

    async def unsubscribe(self, name: MailboxName) -> None:
        self.subscriptions.discard(name)
        self._rearranged()

    async def status(self, name: MailboxName) -> Status:
        return self.named(name).status()

    async def statuses(self, names: Sequence[MailboxName]) -> dict[MailboxName, Status]:
        return {name: self.mailboxes[name].status() for name in names if name in self.mailboxes}

    async def changed_since(self, modseq: int) -> AccountChanges:
        changed = [mailbox.status() for mailbox in self.mailboxes.values() if mailbox.modseq > modseq]
        standings = [
            Standing(one.mailbox_id, one.messages, one.uid_next, one.uid_validity, one.unseen, one.highest_modseq)
            for one in changed
        ]
        return AccountChanges(self.modseq, self.arranged > modseq, standings)

    async def quota(self) -> Quota:
        each = [mailbox.status() for mailbox in self.mailboxes.values()]
        octets, messages = self.limits
        return Quota(sum(one.size for one in each), octets, sum(one.messages for one in each), messages)

    async def annotations(
        self, name: MailboxName | None, entries: Sequence[str], depth: int | None
    ) -> dict[str, bytes]:
        notes = self._notes(name)
        return {key: value for key, value in notes.items() if any(_is_within(key, above, depth) for above in entries)}

    async def annotate(self, name: MailboxName | None, values: Mapping[str, bytes | None]) -> None:
        mailbox, notes = None if name is None else self.named(name), self._notes(name)
        now = {key: value for key, value in {**notes, **values}.items() if value is not None}
        if len(now) > MAX_ANNOTATIONS:
            raise TooManyAnnotations("Too many entries")
        modseq = self.next_modseq()
        self.noted += [(modseq, mailbox, key) for key in values if now.get(key) != notes.get(key)]
        if mailbox is not None:
            mailbox.special_use = now.pop(SPECIAL_USE_ENTRY, b"").decode()
        (self if mailbox is None else mailbox).notes = now
        self.wake()

    def _notes(self, name: MailboxName | None) -> dict[str, bytes]:
        if name is None:
            return self.notes
        mailbox = self.named(name)
        use = {SPECIAL_USE_ENTRY: mailbox.special_use.encode()} if mailbox.special_use else {}
        return {**mailbox.notes, **use}

    async def annotated_since(self, modseq: int) -> list[tuple[MailboxName | None, str]]:
        return [
            (None if mailbox is None else mailbox.name, entry)
            for when, mailbox, entry in self.noted
            if when > modseq and (mailbox is None or not mailbox.gone)
        ]

    async def open(self, name: MailboxName) -> MemoryMailbox:
        return self.named(name)

    def follow(self, wake: Callable[[], None]) -> Callable[[], None]:
        self._wakes.append(wake)
        return lambda: self._wakes.remove(wake)

    def _make_levels_above(self, name: MailboxName) -> None:
        for at in [at for at, octet in enumerate(name) if octet == "/"]:
            if name[:at] not in self.mailboxes:
                self._make(MailboxName(name[:at]))

    def _make(self, name: MailboxName, special_use: str = "") -> MemoryMailbox:
        self._validity += 1
        self.mailboxes[name] = MemoryMailbox(self, name, self._validity, special_use)
        self.arranged = self.modseq
        self.wake()
        return self.mailboxes[name]

    def _rearranged(self) -> None:
        self.arranged = self.next_modseq()
        self.wake()

    def _info(self, name: MailboxName) -> MailboxInfo:
        there = self.mailboxes.get(name)
        subscribed = name in self.subscriptions
        if there is None:
            above = any(other.startswith(name + "/") for other in self.mailboxes)
            return MailboxInfo(name, f"N {name}" if above else "", "", subscribed, selectable=False)
        return MailboxInfo(name, there.id, there.special_use, subscribed)


def _is_within(name: str, above: str, depth: int | None) -> bool:
    levels = name.removeprefix(above).count("/")
    return name == above or (name.startswith(f"{above}/") and (depth is None or levels <= depth))


@dataclass
class MemoryAccounts:
    """ports.Accounts: any account is made when it is first asked for."""

    accounts: dict[str, MemoryMailboxes] = field(default_factory=dict)

    def of(self, account: str) -> MemoryMailboxes:
        return self.accounts.setdefault(account, MemoryMailboxes())

    async def mailboxes(self, account: Account) -> MemoryMailboxes:
        return self.of(account)


def wire(message: Message) -> bytes:
    """The message in CRLF form, as its size counts it."""
    raw, lf = message.buffer()
    return raw.replace(b"\n", b"\r\n") if lf else raw


def _column(message: Message, column: Column) -> int | bytes | str:
    buffer = message.buffer()
    match column:
        case Column.FLAGS:
            return message.flags
        case Column.MODSEQ:
            return message.modseq
        case Column.INTERNALDATE | Column.SAVE_DATE:
            return date.internal_date(message.received, message.zone)
        case Column.SIZE:
            return len(wire(message))
        case Column.ENVELOPE:
            return digest(buffer.raw, buffer.lf).envelope
        case Column.BODYSTRUCTURE:
            return digest(buffer.raw, buffer.lf).bodystructure
        case Column.EMAIL_ID | Column.THREAD_ID:
            return f"{column.name[0]}{message.uid}".encode()
        case Column.MESSAGE_ID:
            return digest(buffer.raw, buffer.lf).message_id
        case Column.REFERENCES:
            return digest(buffer.raw, buffer.lf).references
        case Column.ARRIVAL:
            return message.received
        case Column.SENT:
            sent = digest(buffer.raw, buffer.lf).sent
            return message.received if sent is None else sent
        case _:
            keys = sort_keys(digest(buffer.raw, buffer.lf).envelope)
            values: dict[Column, int | str] = {
                Column.SUBJECT: keys.subject,
                Column.IS_REPLY: int(keys.is_reply),
                Column.FROM: keys.from_,
                Column.TO: keys.to,
                Column.CC: keys.cc,
                Column.DISPLAY_FROM: keys.display_from,
                Column.DISPLAY_TO: keys.display_to,
            }
            return values[column]


def _changed_flags(old: int, change: FlagChange, bits: int) -> int:
    match change:
        case FlagChange.REPLACE:
            return bits
        case FlagChange.ADD:
            return old | bits
        case FlagChange.REMOVE:
            return old & ~bits


def _matches_date(message: Message, key: Before | On | Since | Younger) -> bool:
    if isinstance(key, Younger):
        return message.received >= NOW - key.seconds
    local = message.received + message.zone * 60
    if key.field is DateField.SENT:
        sent = re.search(rb"(?im)^Date:(.*)$", message.raw)
        parsed = date.parse(sent[1]) if sent else None
        if parsed is None:
            return False
        local = parsed[0] + parsed[1] * 60
    ordinal = EPOCH + local // 86400
    match key:
        case Before():
            return ordinal < key.day
        case On():
            return ordinal == key.day
        case Since():
            return ordinal >= key.day


def _matches_text(message: Message, key: HeaderHas | BodyHas | TextHas) -> bool:
    parsed = message_from_bytes(message.raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    wanted = key.text.casefold()
    if isinstance(key, HeaderHas):
        return any(wanted in str(value).casefold() for value in parsed.get_all(key.name, []))
    texts = [str(part.get_content()) for part in parsed.walk() if part.get_content_maintype() == "text"]
    if isinstance(key, TextHas):
        texts += [f"{name}: {value}" for part in parsed.walk() for name, value in part.items()]
    return any(wanted in text.casefold() for text in texts)


def ordinal(year: int, month: int, of_month: int) -> int:
    """The day as SearchKey has it."""
    return day(year, month, of_month).toordinal()


def _chosen_fields(buffer: Buffer, names: frozenset[bytes], others: bool) -> bytes:
    raw, lf = buffer
    chosen = header.select(raw[: header.header_end(raw)[0]], names, others)
    return chosen.replace(b"\n", b"\r\n") if lf else chosen
