"""What becomes of a message that arrives, and where it comes to lie. DESIGN section 1, idea 2."""

from dataclasses import dataclass
from typing import NamedTuple

from tayori.model.message import Digest
from tayori.model.names import Account, Address, MailboxName


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
