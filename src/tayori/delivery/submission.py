"""What a submission gets that its author's program left out, and what it loses. RFC 6409 section 8, RFC 5322."""

from tayori.delivery.facts import Facts
from tayori.message.date import rfc5322
from tayori.message.header import select

NOT_SENT = frozenset({b"bcc", b"resent-bcc", b"return-path"})
"""Fields that stay with the author: blind copies (RFC 5322 section 3.6.3), and what only delivery writes."""


def missing(found: Facts, identifier: str, hostname: str, now: int, zone: int) -> bytes:
    """The Message-ID and Date fields where they lack, to stand in front. RFC 6409 section 8.2 and 8.3.

    `identifier` is the left side of the Message-ID, unique in time and space; `now` seconds UTC, `zone` minutes east.
    """
    fields = b""
    if not found.has_message_id:
        fields += f"Message-ID: <{identifier}@{hostname}>\r\n".encode("ascii")
    if not found.has_date:
        fields += b"Date: " + rfc5322(now, zone) + b"\r\n"
    return fields


def without_blind_copies(header_block: bytes) -> bytes:
    """The header block, all else to the octet. RFC 6409 does not name Bcc; who prints it in a copy breaks RFC 5322."""
    block = b"\n" + header_block.lower()
    if not any(b"\n" + name in block for name in NOT_SENT):
        return header_block
    return select(header_block, NOT_SENT, invert=True)
