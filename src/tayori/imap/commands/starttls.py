"""STARTTLS. RFC 3501 section 6.2.1."""

from tayori.errors import WrongState
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.session import Session


async def starttls(session: Session, arguments: Arguments) -> bytes:
    """What stands behind the command is dropped: it came before TLS. RFC 3501 section 6.2.1."""
    arguments.end()
    if not session.peer.can_start_tls:
        raise WrongState("TLS is on already" if session.peer.secure else "TLS cannot be had here")
    session.engine.clear()
    session.afterwards = session.peer.start_tls
    return b"Begin TLS negotiation now"


VERBS = (Verb(b"STARTTLS", starttls, State.NOT_AUTHENTICATED),)
