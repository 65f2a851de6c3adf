"""The form in which a message is kept: LF for CRLF where that can be undone, the fields of each recipient in front.

Only a message whose every line end is CRLF is kept with LF; any other stays as it came. DESIGN section 5.
"""

from dataclasses import dataclass

from tayori.delivery import trace
from tayori.message.digest import digest
from tayori.model import Arrival, Digest, LogPosition, Store
from tayori.spool.notes import Message


@dataclass(slots=True)
class Kept:
    """A message without what its recipients get in front of it."""

    raw: bytes  # b"" when it lies in a file
    lf: bool
    digest: Digest


def with_lf(raw: bytes) -> bytes | None:
    """The message with LF for CRLF; None where a CR or an LF stands alone, so that it could not be undone."""
    text = raw.replace(b"\r", b"")
    return text if text.replace(b"\n", b"\r\n") == raw else None  # 3 times as fast as to split into lines


def kept(content: bytes) -> Kept:
    """A message as it came, in the form to keep, with what the catalog wants to know of it."""
    raw = with_lf(content)
    if raw is None:
        return Kept(content, False, digest(content))
    return Kept(raw, True, digest(raw, bare_lf=True))


def fields_in_front(sender: str | None, store: Store) -> bytes:
    """What this recipient's copy begins with, in CRLF form; nothing for an appended message. RFC 5321 section 4.4."""
    if sender is None:
        return b""
    return trace.return_path(sender) + trace.delivered_to(store.delivered_to)


def arrival(message: Message, nth: int, position: LogPosition, kept: Kept, path: str = "") -> Arrival:
    """What becomes of the `nth` of the message's stores; `path` is its finished file when it is a large one."""
    store = message.stores[nth]
    front = fields_in_front(message.sender, store)
    written = front.replace(b"\r\n", b"\n") if kept.lf else front
    return Arrival(
        position,
        message.id,
        store.account,
        store.mailbox,
        store.flags,
        message.received,
        message.zone,
        b"" if path else written + kept.raw,
        path,
        kept.lf,
        with_front(kept.digest, len(front), len(written)) if front else kept.digest,
        replaces=message.replaces,
        together=position.sequence - message.nth,
    )


def with_front(plain: Digest, on_the_wire: int, written: int) -> Digest:
    """The digest of a message with so many octets of header fields in front; nothing else depends on them."""
    return Digest(
        plain.envelope,
        plain.bodystructure,
        plain.wire_size + on_the_wire,
        plain.header_size + written,
        plain.sent,
        plain.sent_zone,
        plain.message_id,
        plain.references,
    )
