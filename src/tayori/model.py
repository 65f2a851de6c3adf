"""The nouns: values that the parts of Tayori hand each other. Imports nothing of ours, does nothing."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, NewType

Account = NewType("Account", str)
"""An account's own address, lower-cased: "alice@example.org"; the key of everything that is kept for it."""

MailboxName = NewType("MailboxName", str)
"""A mailbox's name as people read it: NFC, levels divided by "/", the inbox always "INBOX"."""

INBOX = MailboxName("INBOX")
DELIMITER = "/"

SPECIAL_USES = {"Archive": "\\Archive", "Drafts": "\\Drafts", "Junk": "\\Junk", "Sent": "\\Sent", "Trash": "\\Trash"}
"""Mailboxes made with each account, and their use. RFC 6154 section 2."""


class Address(NamedTuple):
    """A mailbox's address; the domain is lower case and Unicode (U-label), "" only for a bare "postmaster"."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}" if self.domain else self.local


# ---- The envelope. RFC 5321 section 2.3.1


class BodyType(Enum):
    """What the client declared of the content. RFC 6152, RFC 3030."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


@dataclass(slots=True)
class Recipient:
    """One RCPT TO: the path as sent, and its DSN parameters. RFC 3461 section 4."""

    address: Address
    original: str = ""  # ORCPT, "rfc822;a@b", decoded from xtext
    notify: frozenset[str] = frozenset()  # NEVER, or some of SUCCESS FAILURE DELAY; empty: not said


@dataclass(slots=True)
class Envelope:
    """Who sends, and to whom; `sender` is "" for the null reverse-path."""

    sender: str
    recipients: list[Recipient] = field(default_factory=list)
    body: BodyType = BodyType.SEVEN_BIT
    smtputf8: bool = False
    returned: str = ""  # RET: FULL or HDRS
    id: str = ""  # ENVID, decoded from xtext


@dataclass(slots=True)
class Origin:
    """From whom and how a conversation comes: what a Received field says of it. RFC 5321 section 4.4."""

    service: str  # "smtp", "submission", "submissions", "alternate", "lmtp", "imap", "pop3", "sendmail"
    address: str  # of the peer: "127.0.0.1", "::1", or "unix"
    helo: str = ""
    protocol: str = "SMTP"  # SMTP ESMTP ESMTPS ESMTPA ESMTPSA, UTF8…, LMTP…; RFC 3848, RFC 6531 section 4.3
    tls: str = ""  # "TLSv1.3 TLS_AES_256_GCM_SHA384", or nothing
    account: Account | None = None  # who logged in


# ---- The plan: what becomes of a message. DESIGN section 1, idea 2


class Store(NamedTuple):
    """Into a mailbox of ours; `delivered_to` is what the Delivered-To field says."""

    account: Account
    mailbox: MailboxName
    delivered_to: str
    flags: tuple[str, ...] = ()


class Forward(NamedTuple):
    """Out again, to the queue."""

    address: Address


class Discard(NamedTuple):
    """Accepted and thrown away, by a rule that the account made."""

    reason: str


Action = Store | Forward | Discard


class Placement(NamedTuple):
    """Where a message came to lie."""

    account: Account
    mailbox: MailboxName
    uid_validity: int
    uid: int


@dataclass(slots=True)
class Receipt:
    """What `Draft.commit` promises: the message survives a power cut, and lies where `placements` say."""

    id: str  # the spool id, said to the peer
    placements: list[Placement]


@dataclass(slots=True)
class Digest:
    """What the catalog keeps of a message beside the file, computed once, at its arrival. Sizes in octets."""

    envelope: bytes  # IMAP's ENVELOPE as wire bytes
    bodystructure: bytes  # IMAP's BODYSTRUCTURE as wire bytes
    wire_size: int  # of the message in CRLF form
    header_size: int  # of the header block with its blank line, as given
    sent: int | None  # the Date field, seconds UTC
    sent_zone: int  # its zone, minutes east of UTC
    message_id: bytes  # "<…>" or b""
    references: bytes  # the identifiers of References or else In-Reply-To, b" " between


class Replaced(NamedTuple):
    """A message that goes when another one comes, in the same step. RFC 8508."""

    mailbox: MailboxName  # as it was called then
    uid_validity: int
    uid: int


class LogPosition(NamedTuple):
    """Where a message stands in a spool log; ascending within one log, over its whole life."""

    log: str  # the worker's folder under spool/
    sequence: int  # never given twice, whatever segment


@dataclass(slots=True)
class Arrival:
    """A message for one mailbox of one account, ready to be applied."""

    position: LogPosition
    spool_id: str  # [0-9a-z-]+; the file's unique name is made from it
    account: Account
    mailbox: MailboxName  # INBOX when it is not there
    flags: tuple[str, ...]
    received: int  # the internal date, seconds UTC
    zone: int  # minutes east of UTC
    content: bytes  # the octets of the file, trace fields in front; b"" when `path` is set
    path: str  # of a finished file on the same file system, to be linked into place; "" when `content` is set
    lf: bool  # the octets have LF for CRLF
    digest: Digest  # its sizes already include the trace fields
    recorded: tuple[int, int] | None = None  # (UIDVALIDITY, UID) that the log gave it before a crash
    replaces: Replaced | None = None  # what goes when it has come to lie in its mailbox; it may be gone already
    together: int = 0  # the same for those of one log that come all or not at all; 0: it comes alone
    promised: bool = False  # somebody may have been told that it is kept: no quota stands in its way


# ---- Flags. RFC 3501 section 2.3.2

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
ANSWERED, FLAGGED, DELETED, SEEN, DRAFT = (1 << bit for bit in range(5))
FIRST_KEYWORD_BIT = len(SYSTEM_FLAGS)
MAX_KEYWORDS = 57  # of one mailbox: a set of flags is one signed 64-bit number

MAX_ANNOTATION = 32 * 2**10  # octets of the value of one entry, RFC 5464
SPECIAL_USE_ENTRY = "/private/specialuse"  # whose value is the mailbox's special use, RFC 6154 section 4


class FlagChange(Enum):
    """STORE's three ways. RFC 3501 section 6.4.6."""

    REPLACE = "FLAGS"
    ADD = "+FLAGS"
    REMOVE = "-FLAGS"


# ---- Mailboxes as sessions see them

Ranges = Sequence[tuple[int, int]]
"""Ascending, disjoint, inclusive ranges of UIDs: [(1, 4), (9, 9)]."""


@dataclass(slots=True)
class Snapshot:
    """One immutable version of a mailbox, shared by a worker's sessions. `uids` ascend; `flags` stand beside them.

    Bit n of a message's flags is SYSTEM_FLAGS[n], from FIRST_KEYWORD_BIT on keywords[n - FIRST_KEYWORD_BIT].
    """

    uid_validity: int
    uid_next: int
    modseq: int  # HIGHESTMODSEQ of this version
    keywords: tuple[str, ...]
    uids: "array[int]"  # typecode "I"
    flags: "array[int]"  # typecode "q"


@dataclass(slots=True)
class Changes:
    """What lies between a version and `now`. New messages are now.uids[len(told) - len(vanished):]."""

    now: Snapshot
    vanished: list[int]  # UIDs of the old version that are gone, ascending
    changed: list[int]  # UIDs of the old version, still there, whose flags (or MODSEQ) differ, ascending


class MailboxInfo(NamedTuple):
    """A row of LIST; `selectable` is False for a name that only has children (\\Noselect)."""

    name: MailboxName
    id: str  # MAILBOXID, RFC 8474
    special_use: str  # "\\Sent", or ""
    subscribed: bool
    selectable: bool = True


class Status(NamedTuple):
    """STATUS's answers. RFC 3501 section 6.3.10, RFC 8438, RFC 7162, RFC 8474."""

    messages: int
    recent: int
    uid_next: int
    uid_validity: int
    unseen: int
    deleted: int
    size: int  # octets, of all messages in CRLF form
    highest_modseq: int
    mailbox_id: str
    deleted_size: int = 0  # octets of the \Deleted ones, RFC 9208 section 4.3.1


class Standing(NamedTuple):
    """How a mailbox stands, for who watches many: what needs no counting."""

    mailbox_id: str
    messages: int
    uid_next: int
    uid_validity: int
    unseen: int
    highest_modseq: int

    @property
    def holding(self) -> tuple[int, int, int]:
        """Differs once messages have come or gone."""
        return self.messages, self.uid_next, self.uid_validity


class AccountChanges(NamedTuple):
    """What has changed in an account since a MODSEQ; more than that does no harm."""

    modseq: int  # the last that is taken in
    names: bool  # mailboxes may have been made, deleted or renamed, or subscriptions have changed
    mailboxes: list[Standing]  # whose messages or flags have changed


class Quota(NamedTuple):
    """What an account's mail takes, and may take; None: no limit. RFC 9208."""

    storage_used: int  # octets in CRLF form
    storage_limit: int | None
    messages: int
    messages_limit: int | None


class Column(Enum):
    """What `Mailbox.rows` can give of each message, beside its UID, without reading it."""

    FLAGS = "flags"  # int, bits
    MODSEQ = "modseq"  # int
    INTERNALDATE = "internal_date"  # bytes, b"24-Nov-2026 05:49:00 +0000"
    SIZE = "size"  # int, octets in CRLF form
    ENVELOPE = "envelope"  # bytes, as they go on the wire
    BODYSTRUCTURE = "bodystructure"  # bytes, as they go on the wire
    EMAIL_ID = "email_id"  # bytes, RFC 8474
    THREAD_ID = "thread_id"  # bytes, RFC 8474
    SAVE_DATE = "save_date"  # bytes as INTERNALDATE, RFC 8514
    MESSAGE_ID = "message_id"  # bytes, b"<…>" or b""
    REFERENCES = "references"  # bytes, the identifiers of References or else In-Reply-To, b" " between
    ARRIVAL = "arrival"  # int, the internal date, seconds UTC
    SENT = "sent"  # int, the Date field, seconds UTC; the internal date where it lacks. RFC 5256 section 3
    SUBJECT = "subject"  # str, the base subject, folded. RFC 5256 section 2.1
    IS_REPLY = "is_reply"  # int, 1: the subject tells of a reply or forward
    FROM = "from"  # str, the first address's local part, folded; so the next two
    TO = "to"
    CC = "cc"
    DISPLAY_FROM = "display_from"  # str, folded, RFC 5957; so the next
    DISPLAY_TO = "display_to"


Row = tuple[int | bytes | str, ...]
"""(uid, then the columns asked for, in their order)."""


@dataclass(slots=True)
class Arrangement:
    """Messages as SORT or THREAD has put them. Never changed once it is kept."""

    uids: "array[int]"  # which they are, ascending
    order: "array[int]"  # the same as they were put
    shape: tuple[bytes, ...] = ()  # what THREAD writes, in pieces, with %d where the next message's number goes


@dataclass(slots=True)
class Copied:
    """COPYUID: source[i] became target[i]. RFC 4315 section 3."""

    uid_validity: int
    source: list[int]
    target: list[int]


@dataclass(slots=True)
class Stored:
    """STORE's outcome: the UIDs that UNCHANGEDSINCE refused (RFC 7162 section 3.1.3), the MODSEQ given to the rest."""

    refused: list[int]
    modseq: int


# ---- What SEARCH looks for. RFC 3501 section 6.4.4. Sequence numbers and RECENT are UIDs before they come here.


class DateField(Enum):
    INTERNAL = "internal"  # BEFORE ON SINCE
    SENT = "sent"  # SENTBEFORE SENTON SENTSINCE
    SAVED = "saved"  # SAVEDBEFORE …, RFC 8514


class All(NamedTuple):
    """Every message."""


class Uids(NamedTuple):
    ranges: Ranges


class HasFlag(NamedTuple):
    flag: str  # "\\Seen", or a keyword in any case


class Before(NamedTuple):
    """The day in `field`, its own zone disregarded, is before `day` (datetime.date.toordinal)."""

    field: DateField
    day: int


class On(NamedTuple):
    field: DateField
    day: int


class Since(NamedTuple):
    field: DateField
    day: int


class Larger(NamedTuple):
    octets: int


class Smaller(NamedTuple):
    octets: int


class Younger(NamedTuple):
    """Internal date within so many seconds before now. RFC 5032."""

    seconds: int


class ModSeqFrom(NamedTuple):
    modseq: int


class HeaderHas(NamedTuple):
    """A field of that name whose decoded text contains `text`; "" asks for the field alone."""

    name: str
    text: str


class BodyHas(NamedTuple):
    text: str


class TextHas(NamedTuple):
    text: str


class Fuzzy(NamedTuple):
    """What the text index takes for a match: other forms of the words, their beginnings. RFC 6203."""

    key: "HeaderHas | BodyHas | TextHas"


class HasEmailId(NamedTuple):
    id: str  # RFC 8474 section 5.3


class HasThreadId(NamedTuple):
    id: str


class Not(NamedTuple):
    key: "SearchKey"


class Or(NamedTuple):
    keys: tuple["SearchKey", ...]


class And(NamedTuple):
    keys: tuple["SearchKey", ...]


SearchKey = (
    All | Uids | HasFlag | Before | On | Since | Larger | Smaller | Younger | ModSeqFrom | HeaderHas | BodyHas
    | TextHas | Fuzzy | HasEmailId | HasThreadId | Not | Or | And
)  # fmt: skip


# ---- Content


class Buffer(NamedTuple):
    """A message as it is kept: `raw` is bytes, or a memory-mapped file when large.

    `lf` True: every LF in raw stands for CRLF (Maildir's custom); False: raw is the message to the octet.
    """

    raw: bytes  # an mmap.mmap serves where bytes do: slices, find, len, re
    lf: bool


# ---- Who somebody is


class Identity(NamedTuple):
    """Who logged in, and under which name."""

    account: Account
    login: str
