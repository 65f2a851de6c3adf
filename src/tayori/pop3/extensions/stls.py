"""STLS: TLS from here on. RFC 2595 section 4."""

from tayori.errors import NotOffered
from tayori.pop3 import grammar, reply
from tayori.pop3.session import BEFORE_LOGIN, Extension, Session, Verb


async def stls(session: Session, argument: bytes) -> None:
    """What came behind the command in the clear is dropped: nobody may put words into the session."""
    grammar.nothing(argument)
    if not session.peer.can_start_tls:
        raise NotOffered("TLS is on already" if session.peer.secure else "TLS is not to be had here")
    session.write(reply.ok("Begin TLS now"))
    session.lines.clear()
    await session.peer.start_tls()
    session.name = ""
    session.origin.tls = session.peer.tls


def tag(session: Session) -> bytes | None:
    """In both states alike, while TLS is not on: RFC 2595 section 4."""
    return b"STLS" if session.peer.can_start_tls else None


EXTENSION = Extension("2595", tag, (Verb(b"STLS", stls, BEFORE_LOGIN),))
