"""HELP: the verbs. RFC 5321 section 4.1.1.8."""

from tayori.smtp import reply
from tayori.smtp.session import Session, Verb


async def help_(session: Session, argument: bytes) -> bytes:
    return reply.help_text(list(session.verbs))


VERBS = (Verb(b"HELP", help_),)
