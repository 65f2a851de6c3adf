"""CAPABILITY. RFC 3501 section 6.1.1."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import ANY, Verb
from tayori.imap.session import Session


async def capability(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.write(b"* CAPABILITY %b\r\n" % session.capabilities())


VERBS = (Verb(b"CAPABILITY", capability, ANY),)
