"""UIDONLY: messages are spoken of by UID alone. RFC 9586."""

from tayori.imap import reply
from tayori.imap.offer import Extension
from tayori.imap.session import Session


def _enable(session: Session) -> None:
    """UIDFETCH for FETCH, VANISHED for EXPUNGE; what names numbers is refused. RFC 9586 section 3."""
    session.uid_only = True
    session.tell_expunged = reply.vanished


EXTENSION = Extension(rfc="9586", capability=b"UIDONLY", enable=_enable)
