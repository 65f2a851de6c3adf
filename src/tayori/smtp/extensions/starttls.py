"""STARTTLS. RFC 3207; what was sent behind it in the clear is dropped, so that nobody can put words in front."""

from tayori.errors import NotOffered, ProtocolError, WrongState
from tayori.smtp import reply
from tayori.smtp.session import Extension, Session, Verb


async def starttls(session: Session, argument: bytes) -> bytes:
    """Raises ProtocolError, WrongState, NotOffered, Gone (the handshake failed)."""
    if argument:
        raise ProtocolError("STARTTLS takes no argument")
    if session.peer.secure:
        raise WrongState("TLS is on already")
    if not session.peer.can_start_tls:
        raise NotOffered("TLS is not available")
    session.peer.write(reply.READY_FOR_TLS)
    session.forget()
    await session.peer.start_tls()
    return b""


EXTENSION = Extension(
    "3207",
    lambda session: b"STARTTLS" if session.peer.can_start_tls else None,
    verbs=(Verb(b"STARTTLS", starttls),),
)
