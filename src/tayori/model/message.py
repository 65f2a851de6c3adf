"""What is kept of a message, and told of it without reading it."""

from array import array
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Buffer(NamedTuple):
    """A message as it is kept: `raw` is bytes, or a memory-mapped file when large.

    `lf` True: every LF in raw stands for CRLF (Maildir's custom); False: raw is the message to the octet.
    """

    raw: bytes  # an mmap.mmap serves where bytes do: slices, find, len, re
    lf: bool


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
