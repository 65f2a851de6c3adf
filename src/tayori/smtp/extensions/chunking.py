"""CHUNKING: BDAT sends octets by their count, without dots. RFC 3030 section 2.

Law: the octets of a chunk are taken from the stream whether it is wanted or not; they are never read as commands.
"""

from tayori.errors import Refusal, WrongState
from tayori.smtp import grammar, reply
from tayori.smtp.commands.data import verdict
from tayori.smtp.session import Extension, Session, Verb, When
from tayori.smtp.transaction import Transaction


async def bdat(session: Session, argument: bytes) -> bytes:
    """Raises ProtocolError (no count: what follows is read as commands); WrongState, TooLarge, NoSpace, TryLater."""
    octets, last = grammar.chunk(argument)
    session.timeout = session.settings.data_timeout
    try:
        transaction = await _begun(session)
    except Refusal:
        async for _ in session.counted(octets):
            pass
        session.reset()  # or the next chunk might begin a message in its midst
        raise
    else:
        await _take(session, transaction, octets)
    finally:
        session.timeout = session.settings.command_timeout
    if last:
        return await verdict(session, transaction)
    return _progress(session, transaction, octets)


async def _begun(session: Session) -> Transaction:
    """The transaction, its text begun. Raises WrongState, LoginNeeded, NoSpace, TryLater."""
    session.check(When.LOGGED_IN)
    transaction = session.needed_transaction()
    if not transaction.envelope.recipients:
        raise WrongState("Say RCPT first")
    if not transaction.begun:
        await transaction.begin(session.intake)
    return transaction


async def _take(session: Session, transaction: Transaction, octets: int) -> None:
    transaction.expect(octets)
    async for chunk in session.counted(octets):
        await transaction.take(chunk)


def _progress(session: Session, transaction: Transaction, octets: int) -> bytes:
    """Raises what is wrong with the message so far; then there will be no more of it."""
    try:
        transaction.check()
    except Refusal:
        session.reset()
        raise
    return reply.chunk_taken(octets)


EXTENSION = Extension("3030", lambda session: b"CHUNKING", verbs=(Verb(b"BDAT", bdat),))
