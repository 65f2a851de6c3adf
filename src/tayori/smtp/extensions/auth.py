"""AUTH: who sends, proved by SASL. RFC 4954."""

from dataclasses import replace

from tayori.errors import EncryptionNeeded, LineTooLong, NotOffered, Refusal, UnknownMechanism, WrongState
from tayori.model import Identity
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.smtp import grammar, reply
from tayori.smtp.session import Extension, Session, Verb, When
from tayori.smtp.transaction import Transaction
from tayori.wire.exchange import Exchange


async def auth(session: Session, argument: bytes) -> bytes:
    """Raises WrongState, NotOffered, EncryptionNeeded, UnknownMechanism; a log-in that fails is in the answer."""
    if session.account is not None:
        raise WrongState("You are logged in")
    if session.transaction is not None:
        raise WrongState("Not within a transaction")
    mechanism, initial = _chosen(session, argument)
    try:
        identity = await _identity(session, mechanism, initial)
    except Refusal as refusal:
        session.charge(refusal)
        return reply.login_refusal(refusal)
    session.account = identity.account
    session.origin = replace(session.origin, account=identity.account)
    return reply.LOGGED_IN


def _chosen(session: Session, argument: bytes) -> tuple[Mechanism, bytes | None]:
    if not (session.settings.takes_login and session.mechanisms):
        raise NotOffered("No log-in here")
    name, _, initial = argument.partition(b" ")
    wanted = name.decode("ascii", "replace").upper()
    known = session.mechanisms.get(wanted)
    if known is None:
        raise UnknownMechanism("No such mechanism")
    if wanted not in offered(session):
        raise EncryptionNeeded("Say STARTTLS first")
    return known, initial.strip() or None


async def _identity(session: Session, mechanism: Mechanism, initial: bytes | None) -> Identity:
    async def hear() -> bytes:
        try:
            return await session.line()
        except LineTooLong:
            session.closing = True  # what would follow is no command
            raise

    exchange = Exchange(lambda base64: session.peer.write(reply.challenge(base64)), hear, initial)
    attempt = Attempt(exchange, session.directory, session.origin, session.peer, offered(session))
    return await mechanism.run(attempt)


def offered(session: Session) -> list[str]:
    """The mechanisms that may be used now."""
    secure = session.peer.secure
    plaintext = secure or session.settings.plaintext_without_tls
    return [
        name
        for name, one in session.mechanisms.items()
        if (plaintext or not one.plaintext) and (secure or not one.needs_tls)
    ]


def keyword(session: Session) -> bytes | None:
    names = offered(session) if session.settings.takes_login else []
    return ("AUTH " + " ".join(names)).encode("ascii") if names else None


def author(session: Session, transaction: Transaction, value: str) -> None:
    """MAIL's AUTH parameter: who wrote it, as the client says. Read, checked and not believed. RFC 4954 section 5."""
    grammar.from_xtext(value)


EXTENSION = Extension("4954", keyword, (Verb(b"AUTH", auth, When.GREETED),), mail={"AUTH": author})
