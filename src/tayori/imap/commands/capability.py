"""CAPABILITY. RFC 3501 section 6.1.1."""

from tayori.imap.grammar import Arguments
from tayori.imap.session import ANY, Session, Verb


async def capability(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.write(b"* CAPABILITY %b\r\n" % b" ".join(session.capabilities()))


VERBS = (Verb(b"CAPABILITY", capability, ANY),)
