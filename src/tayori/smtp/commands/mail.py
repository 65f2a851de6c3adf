"""MAIL: a transaction begins. RFC 5321 section 4.1.1.2."""

from dataclasses import replace

from tayori.errors import UnsupportedParameter, Utf8NotAnnounced, WrongState
from tayori.model import Envelope
from tayori.smtp import grammar, reply
from tayori.smtp.session import Session, Verb, When
from tayori.smtp.transaction import Transaction


async def mail(session: Session, argument: bytes) -> bytes:
    """Raises WrongState, ProtocolError, TooLarge, SenderNotAllowed, TryLater."""
    if session.transaction is not None:
        raise WrongState("One MAIL at a time")
    path, parameters = grammar.reverse_path(argument)
    transaction = Transaction(Envelope(path), session.origin, session.settings.message)
    for keyword, value in parameters.items():
        _apply(session, transaction, keyword, value)
    if not path.isascii() and not transaction.envelope.smtputf8:
        raise Utf8NotAnnounced("An address in UTF-8 needs SMTPUTF8 with MAIL")
    if transaction.envelope.smtputf8:
        transaction.origin = replace(session.origin, protocol=utf8_protocol(session.origin.protocol))
    await session.intake.sender(path, transaction.origin)
    session.transaction = transaction
    return reply.SENDER_OK


def _apply(session: Session, transaction: Transaction, keyword: str, value: str) -> None:
    known = session.offer.mail.get(keyword)
    if known is None or known[0].keyword(session) is None:
        raise UnsupportedParameter(f"{keyword[:32]} is no parameter of MAIL here")
    known[1](session, transaction, value)


def utf8_protocol(protocol: str) -> str:
    """ "ESMTPSA" gives "UTF8SMTPSA", "LMTPS" gives "UTF8LMTPS". RFC 6531 section 4.3."""
    return "UTF8" + protocol.removeprefix("E")


VERBS = (Verb(b"MAIL", mail, When.LOGGED_IN, codes=reply.SENDER_CODES),)
