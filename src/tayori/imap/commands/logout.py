"""LOGOUT. RFC 3501 section 6.1.3."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import ANY, Verb
from tayori.imap.session import Session


async def logout(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.view = None
    session.ended = True
    session.write(b"* BYE Logging out\r\n")


VERBS = (Verb(b"LOGOUT", logout, ANY),)
