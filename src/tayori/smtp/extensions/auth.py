"""AUTH: log in with a SASL mechanism. RFC 4954."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from tayori.errors import EncryptionNeeded, LineTooLong, NotOffered, ProtocolError, UnknownMechanism, WrongState
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.smtp import grammar, reply
from tayori.smtp.session import Extension, Session, Verb, When
from tayori.smtp.transaction import Transaction
from tayori.wire.exchange import Exchange


async def auth(session: Session, argument: bytes) -> bytes:
    """Raises what mechanisms raise, and WrongState, NotOffered, UnknownMechanism, EncryptionNeeded."""
    if not session.settings.takes_login:
        raise NotOffered("No log-in here")
    if session.account is not None:
        raise WrongState("Authenticated already")
    if session.transaction is not None:
        raise WrongState("Not within a mail transaction")
    name, _, initial = argument.partition(b" ")
    mechanism = _mechanism(session, name)
    channel = Exchange(_said_by(session), _heard_by(session), initial.strip() or None)
    attempt = Attempt(channel, session.directory, session.origin, session.peer, offered(session))
    identity = await mechanism.run(attempt)
    session.account = identity.account
    session.origin = replace(session.origin, account=identity.account, protocol=_protocol(session.origin.protocol))
    return reply.LOGGED_IN


def _protocol(protocol: str) -> str:
    """ "ESMTPS" gives "ESMTPSA"; after HELO there is no name for it. RFC 3848."""
    return protocol if protocol == "SMTP" else protocol + "A"


def offered(session: Session) -> list[str]:
    """The mechanisms that may be used now."""
    if not session.settings.takes_login:
        return []
    return [mechanism.name for mechanism in session.mechanisms.values() if _usable(session, mechanism)]


def _said_by(session: Session) -> Callable[[bytes], None]:
    return lambda step: session.peer.write(reply.challenge(step))


def _heard_by(session: Session) -> Callable[[], Awaitable[bytes]]:
    async def hear() -> bytes:
        try:
            return await session.line()
        except LineTooLong:
            session.closing = True  # what would follow is no command
            raise

    return hear


def _mechanism(session: Session, name: bytes) -> Mechanism:
    if not name:
        raise ProtocolError("AUTH wants the name of a mechanism")
    mechanism = session.mechanisms.get(name.decode("ascii", "replace").upper())
    if mechanism is None:
        raise UnknownMechanism("No such mechanism")
    if not _usable(session, mechanism):
        raise EncryptionNeeded("Say STARTTLS first")
    return mechanism


def _usable(session: Session, mechanism: Mechanism) -> bool:
    if session.peer.secure:
        return True
    return not mechanism.needs_tls and (not mechanism.plaintext or session.settings.plaintext_without_tls)


def _keyword(session: Session) -> bytes | None:
    names = offered(session)
    return b"AUTH " + " ".join(names).encode("ascii") if names else None


def submitter(session: Session, transaction: Transaction, value: str) -> None:
    """MAIL's AUTH: it must be well-formed, and is nothing that we rely on. Raises ProtocolError. RFC 4954 section 5."""
    if not value:
        raise ProtocolError("AUTH is an address, or <>")
    grammar.from_xtext(value)


EXTENSION = Extension(
    "4954",
    _keyword,
    verbs=(Verb(b"AUTH", auth, When.GREETED, codes=reply.LOGIN_CODES),),
    mail={"AUTH": submitter},
)
