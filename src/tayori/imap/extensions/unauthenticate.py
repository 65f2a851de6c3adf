"""UNAUTHENTICATE: another may log in on the same connection. RFC 8437."""

from tayori.errors import WrongState
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb, after_login
from tayori.imap.session import Session

CAPABILITY = b"UNAUTHENTICATE"


async def unauthenticate(session: Session, arguments: Arguments) -> None:
    """Nothing of who was logged in is left, nor of what was enabled. RFC 8437 section 3.

    Raises WrongState: it is not offered, because compression is on and would have to end.
    """
    arguments.end()
    if CAPABILITY in session.spent:
        raise WrongState("What is compressed stays so: log out instead")
    session.log_out()


EXTENSION = Extension(
    rfc="8437",
    capability=CAPABILITY,
    shown=after_login,
    verbs=(Verb(b"UNAUTHENTICATE", unauthenticate, LOGGED_IN),),
)
