"""What the catalog keeps of a message, in one call at its delivery. RFC 3501 section 7.4.2, RFC 5256."""

from dataclasses import dataclass

from tayori.message import date
from tayori.message.envelope import envelope, structures
from tayori.message.header import Raw, unfold
from tayori.message.structure import Part, parse


@dataclass(slots=True)
class Digest:
    """Sizes are in octets of the form with CRLF; texts are one line, undecoded, None where the field lacks."""

    envelope: bytes
    bodystructure: bytes
    body: bytes
    wire_size: int
    header_size: int  # with the blank line
    sent_date: int | None  # seconds since 1970, from Date
    subject: bytes | None
    sender: bytes | None  # From
    recipients: bytes | None  # To
    carbon_copies: bytes | None  # Cc
    message_id: bytes | None
    in_reply_to: bytes | None
    references: bytes | None


def digest(raw: Raw, bare_lf: bool = False) -> Digest:
    """The digest of a whole message, whatever its bytes; with bare_lf each LF stands for CRLF."""
    return digest_of(parse(raw, bare_lf), raw, bare_lf)


def digest_of(root: Part, raw: Raw, bare_lf: bool) -> Digest:
    """The digest of a message whose structure is there already."""
    plain, extended = structures(root)
    header_size = root.header_end + (raw[: root.header_end].count(b"\n") if bare_lf else 0)
    said = {name.lower(): value for name, value in reversed(root.fields)}
    sent = date.parse(said.get(b"date", b""))
    return Digest(
        envelope=envelope(root.fields),
        bodystructure=extended,
        body=plain,
        wire_size=header_size + root.wire_size,
        header_size=header_size,
        sent_date=sent[0] if sent else None,
        subject=_text(said.get(b"subject")),
        sender=_text(said.get(b"from")),
        recipients=_text(said.get(b"to")),
        carbon_copies=_text(said.get(b"cc")),
        message_id=_text(said.get(b"message-id")),
        in_reply_to=_text(said.get(b"in-reply-to")),
        references=_text(said.get(b"references")),
    )


def _text(value: bytes | None) -> bytes | None:
    return None if value is None else unfold(value)
