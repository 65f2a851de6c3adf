"""UNSELECT: CLOSE without EXPUNGE. RFC 3691."""

from tayori.imap.grammar import Arguments
from tayori.imap.session import Extension, Session, State, Verb


async def unselect(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.view = None


EXTENSION = Extension(rfc="3691", capability=b"UNSELECT", verbs=(Verb(b"UNSELECT", unselect, State.SELECTED),))
