"""USER and PASS. RFC 1939 section 7, RFC 2449 section 6.2; in UTF-8 by RFC 6856 section 2.2."""

from tayori.errors import WrongState
from tayori.pop3 import grammar, reply
from tayori.pop3.session import BEFORE_LOGIN, Extension, Session, Verb


async def user(session: Session, argument: bytes) -> None:
    """Never says whether there is such a user. Raises EncryptionNeeded."""
    session.check_plaintext()
    session.name = grammar.credential(argument.strip())
    session.write(reply.ok("Now your password"))


async def password(session: Session, argument: bytes) -> None:
    """Everything behind the one space is the password. Raises LoginFailed, TryLater, WrongState."""
    name, session.name = session.name, ""
    if not name:
        raise WrongState("Say USER first")
    await session.enter(await session.directory.log_in(name, grammar.credential(argument), session.origin))


def tag(session: Session) -> bytes | None:
    return b"USER" if session.peer.secure or session.settings.plaintext_without_tls else None


EXTENSION = Extension("1939", tag, (Verb(b"USER", user, BEFORE_LOGIN), Verb(b"PASS", password, BEFORE_LOGIN)))
