"""The trace fields in front of a message: Return-Path, Delivered-To, Received. RFC 5321 section 4.4."""

import re
from functools import lru_cache
from ipaddress import ip_address

from tayori.message.date import rfc5322
from tayori.model import Envelope, Origin
from tayori.smtp import grammar

_NAME = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?|\[[0-9A-Za-z:.]+\]")
_UNCOMMENTED = re.compile(r"[^0-9A-Za-z .,:_/-]")


def received(origin: Origin, envelope: Envelope, hostname: str, spool_id: str, now: int, zone: int) -> bytes:
    """The Received field, folded; `now` is seconds UTC, `zone` minutes east. RFC 5321 section 4.4.

    Example: b"Received: from mx.example.net ([192.0.2.1])" CRLF b"\\tby mail.example.org with ESMTPS id 1abc" ….
    The recipient is named only where it is the only one: nobody learns who else was written to.
    """
    lines = [*_from(origin), f"by {hostname}{_with(origin)} id {spool_id}"]
    if origin.tls:
        lines.append(f"({_UNCOMMENTED.sub('', origin.tls)})")
    lines += _for(envelope)
    return b"Received: " + "\r\n\t".join(lines).encode() + b";\r\n\t" + rfc5322(now, zone) + b"\r\n"


def return_path(sender: str) -> bytes:
    """b"Return-Path: <a@b>" CRLF; "" is the null path."""
    return f"Return-Path: <{sender}>\r\n".encode()


def delivered_to(address: str) -> bytes:
    """b"Delivered-To: a@b" CRLF; the address is that of a Store."""
    return f"Delivered-To: {address}\r\n".encode()


def _from(origin: Origin) -> list[str]:
    """Extended-Domain: what the peer calls itself, and where it comes from."""
    if origin.address == "unix":
        return [f"from {origin.helo}"] if _NAME.fullmatch(origin.helo) else []
    literal = address_literal(origin.address)
    return [f"from {origin.helo if _NAME.fullmatch(origin.helo) else literal} ({literal})"]


def _with(origin: Origin) -> str:
    return f" with {origin.protocol}" if origin.helo else ""


def _for(envelope: Envelope) -> list[str]:
    if len(envelope.recipients) != 1:
        return []
    recipient = grammar.mailbox(envelope.recipients[0].address)
    return [f"for <{recipient}>"] if recipient.isascii() or envelope.smtputf8 else []


@lru_cache(1024)
def address_literal(address: str) -> str:
    """ "::1" gives "[IPv6:::1]". RFC 5321 section 4.1.3."""
    return f"[IPv6:{address}]" if ip_address(address).version == 6 else f"[{address}]"
