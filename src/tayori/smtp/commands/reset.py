"""RSET: the transaction is forgotten. RFC 5321 section 4.1.1.5."""

from tayori.errors import ProtocolError
from tayori.smtp import reply
from tayori.smtp.session import Session, Verb


async def rset(session: Session, argument: bytes) -> bytes:
    """Raises ProtocolError: an argument."""
    if argument:
        raise ProtocolError("RSET takes no argument")
    session.reset()
    return reply.OK


VERBS = (Verb(b"RSET", rset),)
