"""QUIT. RFC 5321 section 4.1.1.10."""

from tayori.errors import ProtocolError
from tayori.smtp import reply
from tayori.smtp.session import Session, Verb


async def quit_(session: Session, argument: bytes) -> bytes:
    """Raises ProtocolError: an argument."""
    if argument:
        raise ProtocolError("QUIT takes no argument")
    session.closing = True
    return reply.goodbye(session.settings.hostname)


VERBS = (Verb(b"QUIT", quit_),)
