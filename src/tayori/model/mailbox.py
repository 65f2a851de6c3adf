"""Mailboxes as sessions see them, their flags, and how an account stands."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from tayori.model.names import MailboxName

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


# ---- Mailboxes, and what is told of them

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
