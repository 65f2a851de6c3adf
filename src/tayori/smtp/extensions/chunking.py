"""CHUNKING: the message in counted pieces, BDAT. RFC 3030 section 2."""

from tayori.errors import Refusal, WrongState
from tayori.smtp import grammar, reply
from tayori.smtp.commands.data import verdict
from tayori.smtp.session import Extension, Session, Verb, When
from tayori.smtp.transaction import Transaction


async def bdat(session: Session, argument: bytes) -> bytes:
    """The octets that were announced are taken whatever becomes of them, or they would be read as commands.

    Raises ProtocolError, WrongState, TooLarge and what Draft.write raises.
    """
    octets, last = grammar.chunk(argument)
    transaction = session.transaction
    if transaction is not None and transaction.envelope.recipients and not transaction.begun:
        await _begin(session, transaction)
    async for piece in session.counted(octets):
        if transaction is not None:
            await transaction.take(piece)
    if transaction is None or not transaction.begun:
        raise WrongState("Say MAIL and RCPT first")
    if last:
        return await verdict(session, transaction)
    try:
        transaction.check()
    except Refusal:
        session.reset()  # what follows is refused too: no transaction is there
        raise
    return reply.chunk_taken(octets)


async def _begin(session: Session, transaction: Transaction) -> None:
    try:
        await transaction.begin(session.intake)
    except Refusal as refusal:
        transaction.refuse(refusal)


EXTENSION = Extension("3030", lambda session: b"CHUNKING", (Verb(b"BDAT", bdat, When.ALWAYS),))
