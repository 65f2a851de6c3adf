"""LOGIN. RFC 3501 section 6.2.3."""

from tayori.errors import EncryptionNeeded, LoginFailed
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.session import Session
from tayori.sasl.prepare import text


async def login(session: Session, arguments: Arguments) -> bytes:
    """Raises EncryptionNeeded, LoginFailed, TryLater."""
    arguments.space()
    name = arguments.astring()
    arguments.space()
    password = arguments.astring()
    arguments.end()
    if not session.situation.password_may_be_shown():
        raise EncryptionNeeded("Passwords are not taken before TLS: say STARTTLS first")
    if not name or not password:
        raise LoginFailed("Authentication failed")
    return await session.log_in(await session.directory.log_in(text(name), text(password), session.origin))


VERBS = (Verb(b"LOGIN", login, State.NOT_AUTHENTICATED),)
