"""CHUNKING: BDAT sends octets by their count, without dots. RFC 3030 section 2.

Law: the octets of a chunk are taken from the stream whether it is wanted or not; they are never read as commands.
A chunk past the limit is refused before its octets come: nobody need send them all to hear that it is in vain.
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
        return await _answer(session, octets, last)
    finally:
        session.timeout = session.settings.command_timeout


async def _answer(session: Session, octets: int, last: bool) -> bytes:
    try:
        transaction = await _begun(session)
    except Refusal:
        await _drop(session, octets)
        session.reset()  # or the next chunk might begin a message in its midst
        raise
    transaction.expect(octets)
    if transaction.refusal is not None:
        session.peer.write(await verdict(session, transaction) if last else reply.refusal(transaction.refusal))
        session.reset()
        await _drop(session, octets)
        return b""
    async for chunk in session.counted(octets):
        await transaction.take(chunk)
    return await verdict(session, transaction) if last else _progress(session, transaction, octets)


async def _begun(session: Session) -> Transaction:
    """The transaction, its text begun. Raises WrongState, LoginNeeded, NoSpace, TryLater."""
    session.check(When.LOGGED_IN)
    transaction = session.needed_transaction()
    if not transaction.envelope.recipients:
        raise WrongState("Say RCPT first")
    if not transaction.begun:
        await transaction.begin(session.intake)
    return transaction


async def _drop(session: Session, octets: int) -> None:
    async for _ in session.counted(octets):
        pass


def _progress(session: Session, transaction: Transaction, octets: int) -> bytes:
    """Raises what is wrong with the message so far; then there will be no more of it."""
    if transaction.refusal is not None:
        session.reset()
        raise transaction.refusal
    return reply.chunk_taken(octets)


EXTENSION = Extension("3030", lambda session: b"CHUNKING", verbs=(Verb(b"BDAT", bdat),))
