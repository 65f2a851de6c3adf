"""UNSELECT: CLOSE without EXPUNGE. RFC 3691."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension, State, Verb
from tayori.imap.session import Session


async def unselect(session: Session, arguments: Arguments) -> None:
    arguments.end()
    session.view = None


EXTENSION = Extension(rfc="3691", capability=b"UNSELECT", verbs=(Verb(b"UNSELECT", unselect, State.SELECTED),))
