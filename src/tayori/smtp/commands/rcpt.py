"""RCPT: one more recipient. RFC 5321 section 4.1.1.3."""

from tayori.errors import TooMany, UnsupportedParameter, Utf8NotAnnounced, WrongState
from tayori.model import Recipient
from tayori.smtp import grammar, reply
from tayori.smtp.session import Session, Verb, When


async def rcpt(session: Session, argument: bytes) -> bytes:
    """Raises WrongState, ProtocolError, TooMany, NoSuchMailbox, RelayDenied, OverQuota, TryLater."""
    transaction = session.needed_transaction()
    if transaction.begun:
        raise WrongState("The message has begun")  # with BDAT: RFC 3030 section 2
    address, parameters = grammar.forward_path(argument)
    recipients = transaction.envelope.recipients
    if len(recipients) >= session.settings.recipients:
        raise TooMany("Too many recipients")
    if not transaction.envelope.smtputf8 and not (address.local.isascii() and argument.isascii()):
        raise Utf8NotAnnounced("An address in UTF-8 needs SMTPUTF8 with MAIL")
    recipient = Recipient(address)
    for keyword, value in parameters.items():
        _apply(session, recipient, keyword, value)
    await session.intake.recipient(address, transaction.origin)
    recipients.append(recipient)
    return reply.RECIPIENT_OK


def _apply(session: Session, recipient: Recipient, keyword: str, value: str) -> None:
    known = session.offer.rcpt.get(keyword)
    if known is None or known[0].keyword(session) is None:
        raise UnsupportedParameter(f"{keyword[:32]} is no parameter of RCPT here")
    known[1](session, recipient, value)


VERBS = (Verb(b"RCPT", rcpt, When.LOGGED_IN),)
