"""UNAUTHENTICATE: another may log in on the same connection. RFC 8437."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb, after_login
from tayori.imap.session import Session


async def unauthenticate(session: Session, arguments: Arguments) -> None:
    """Nothing of who was logged in is left, nor of what was enabled. RFC 8437 section 3."""
    arguments.end()
    session.log_out()


EXTENSION = Extension(
    rfc="8437",
    capability=b"UNAUTHENTICATE",
    shown=after_login,
    verbs=(Verb(b"UNAUTHENTICATE", unauthenticate, LOGGED_IN),),
)
