"""STARTTLS: TLS from here on. RFC 3207."""

from dataclasses import replace

from tayori.errors import NotOffered, ProtocolError
from tayori.smtp import reply
from tayori.smtp.session import Extension, Session, Verb


async def starttls(session: Session, argument: bytes) -> bytes:
    """All that was said and pipelined in the clear is forgotten. RFC 3207 section 4.2."""
    if argument:
        raise ProtocolError("STARTTLS takes no argument")
    if not session.peer.can_start_tls:
        raise NotOffered("TLS is on already" if session.peer.secure else "TLS is not to be had here")
    session.peer.write(reply.READY_FOR_TLS)
    session.lines.clear()
    await session.peer.start_tls()
    session.reset()
    session.greeted = False
    session.origin = replace(session.origin, helo="", tls=session.peer.tls)
    return b""


def keyword(session: Session) -> bytes | None:
    return b"STARTTLS" if session.peer.can_start_tls else None


EXTENSION = Extension("3207", keyword, (Verb(b"STARTTLS", starttls),))
