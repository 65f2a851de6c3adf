"""NAMESPACE: one's own mailboxes, and no others. RFC 2342."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb
from tayori.imap.session import Session


async def namespace(session: Session, arguments: Arguments) -> None:
    """Personal, other users', shared."""
    arguments.end()
    session.write(b'* NAMESPACE (("" "/")) NIL NIL\r\n')


EXTENSION = Extension(rfc="2342", capability=b"NAMESPACE", verbs=(Verb(b"NAMESPACE", namespace, LOGGED_IN),))
