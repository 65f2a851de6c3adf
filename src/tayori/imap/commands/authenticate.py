"""AUTHENTICATE: SASL's exchange as lines. RFC 3501 section 6.2.2."""

from tayori.errors import CannotDo, EncryptionNeeded
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.session import Session
from tayori.sasl.mechanism import Attempt
from tayori.wire.exchange import Exchange


async def authenticate(session: Session, arguments: Arguments) -> bytes:
    """The initial response of RFC 4959 may stand behind the name. Raises LoginFailed, LoginCancelled, TryLater."""
    arguments.space()
    name = arguments.word().decode("ascii")
    initial = arguments.atom() if arguments.skip(b" ") else None
    arguments.end()
    mechanism = session.mechanisms.get(name)
    if mechanism is None:
        raise CannotDo("There is no such mechanism")
    if mechanism not in session.situation.usable_mechanisms():
        raise EncryptionNeeded("That mechanism is not taken before TLS: say STARTTLS first")
    channel = Exchange(lambda challenge: session.write(b"+ %b\r\n" % challenge), session.line, initial)
    return await session.log_in(await mechanism.run(Attempt(channel, session.directory, session.origin, session.peer)))


VERBS = (Verb(b"AUTHENTICATE", authenticate, State.NOT_AUTHENTICATED),)
