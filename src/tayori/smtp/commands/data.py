"""DATA: the message. RFC 5321 section 4.1.1.4; with LMTP an answer per recipient, RFC 2033 section 4.2."""

from tayori.errors import BareLineEnd, ProtocolError, Refusal, ShuttingDown, WrongState
from tayori.model import BodyType
from tayori.smtp import reply
from tayori.smtp.session import Session, Verb, When
from tayori.smtp.transaction import Transaction


async def data(session: Session, argument: bytes) -> bytes:
    """Raises WrongState, NoSpace, TryLater before the text; what is wrong with that is in the answer."""
    transaction = session.needed_transaction()
    if argument:
        raise ProtocolError("DATA takes no argument")
    if transaction.begun:
        raise WrongState("The message has begun with BDAT")
    if transaction.envelope.body is BodyType.BINARY:
        raise WrongState("BINARYMIME needs BDAT")  # RFC 3030 section 3
    if not transaction.envelope.recipients:
        raise WrongState("Say RCPT first")
    await transaction.begin(session.intake)
    session.peer.write(reply.START_INPUT)
    await _take_text(session, transaction)
    return await verdict(session, transaction)


async def verdict(session: Session, transaction: Transaction) -> bytes:
    """Commit the message, and say how that went: once, or to LMTP for each recipient. The transaction is over."""
    recipients = len(transaction.envelope.recipients) if session.settings.lmtp else 1
    try:
        receipt = await transaction.commit()
        said = reply.accepted(receipt.id, recipients, transaction.refused)
    except Refusal as refusal:
        said = reply.refusal(refusal) * recipients
        session.closing = isinstance(refusal, ShuttingDown)
    session.reset()
    return said


async def _take_text(session: Session, transaction: Transaction) -> None:
    session.timeout = session.settings.data_timeout
    try:
        async for chunk in session.text():
            await transaction.take(chunk)
    except BareLineEnd as refusal:
        transaction.refuse(refusal)
    session.timeout = session.settings.command_timeout


VERBS = (Verb(b"DATA", data, When.LOGGED_IN),)
