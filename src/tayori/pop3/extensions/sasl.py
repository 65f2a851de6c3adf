"""SASL: AUTH, with or without an initial response. RFC 5034."""

from tayori.errors import ProtocolError, UnknownMechanism
from tayori.pop3 import reply
from tayori.pop3.session import BEFORE_LOGIN, Extension, Session, Verb
from tayori.sasl.mechanism import Attempt
from tayori.wire.exchange import Exchange


async def auth(session: Session, argument: bytes) -> None:
    """Raises UnknownMechanism, LoginFailed, LoginCancelled, ProtocolError, TryLater."""
    parts = argument.split()
    if not parts:
        return _list(session)
    if len(parts) > 2:
        raise ProtocolError("AUTH takes a mechanism and an initial response")
    offered = session.offered()
    mechanism = offered.get(parts[0].decode("ascii", "replace").upper())
    if mechanism is None:
        raise UnknownMechanism("No such mechanism, or not before STLS")
    exchange = Exchange(
        lambda challenge: session.write(reply.challenge(challenge)), session.line, parts[1] if parts[1:] else None
    )
    await session.enter(
        await mechanism.run(Attempt(exchange, session.directory, session.origin, session.peer, offered))
    )


def _list(session: Session) -> None:
    """What older clients ask instead of CAPA; RFC 1734's successors are silent about it."""
    names = "".join(f"{name}\r\n" for name in session.offered())
    session.write(reply.ok("Mechanisms follow") + names.encode() + reply.END)


def tag(session: Session) -> bytes | None:
    """In both states alike, as all tags: RFC 5034 section 3."""
    names = session.offered()
    return f"SASL {' '.join(names)}".encode() if names else None


EXTENSION = Extension("5034", tag, (Verb(b"AUTH", auth, BEFORE_LOGIN),))
