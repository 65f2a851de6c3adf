"""NOOP, with or without a string. RFC 5321 section 4.1.1.9."""

from tayori.smtp import reply
from tayori.smtp.session import Session, Verb


async def noop(session: Session, argument: bytes) -> bytes:
    return reply.OK


VERBS = (Verb(b"NOOP", noop),)
