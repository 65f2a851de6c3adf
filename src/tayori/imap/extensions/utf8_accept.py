"""UTF8=ACCEPT: mailbox names and messages with UTF-8 in their header. RFC 6855."""

from tayori.imap.offer import Extension
from tayori.imap.session import Session


def _enable(session: Session) -> None:
    """Names are UTF-8; APPEND takes UTF8 (~{…}. RFC 6855 sections 3 and 4."""
    session.utf8 = True


EXTENSION = Extension(rfc="6855", capability=b"UTF8=ACCEPT", enable=_enable)
