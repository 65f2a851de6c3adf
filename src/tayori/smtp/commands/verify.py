"""VRFY and EXPN, which tell nothing: who has a mailbox is nobody's business. RFC 5321 section 3.5.3 and 7.3.

They need no EHLO before them. RFC 5321 section 4.1.4.
"""

from tayori.errors import NotOffered, ProtocolError
from tayori.smtp import reply
from tayori.smtp.session import Session, Verb


async def vrfy(session: Session, argument: bytes) -> bytes:
    """Raises ProtocolError: no argument."""
    if not argument:
        raise ProtocolError("VRFY wants an address")
    return reply.CANNOT_VERIFY


async def expn(session: Session, argument: bytes) -> bytes:
    """Raises NotOffered."""
    raise NotOffered("Lists are not expanded here")


VERBS = (Verb(b"VRFY", vrfy), Verb(b"EXPN", expn))
