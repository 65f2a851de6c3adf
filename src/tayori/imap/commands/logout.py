"""LOGOUT. RFC 3501 section 6.1.3."""

from tayori.imap.grammar import Arguments
from tayori.imap.session import ANY, Session, Verb


async def logout(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.view = None
    session.ended = True
    session.write(b"* BYE Logging out\r\n")


VERBS = (Verb(b"LOGOUT", logout, ANY),)
