"""THREAD and UID THREAD, whichever algorithm is offered. RFC 5256 section 3."""

from array import array
from collections.abc import Sequence

from tayori.errors import ProtocolError
from tayori.imap.commands.search import found_in, search_program, search_verbs
from tayori.imap.forest import Forest, written
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.progress import patiently
from tayori.imap.search_keys import named_charset
from tayori.imap.session import Session
from tayori.imap.sorting import column_slices
from tayori.imap.threads import Algorithm
from tayori.imap.view import View
from tayori.model import Arrangement


async def thread(session: Session, arguments: Arguments, by_uid: bool) -> None:
    """Raises UnknownCharset."""
    view = session.selected()
    arguments.space()
    name = arguments.word()
    if name not in session.offer.threads:
        raise ProtocolError("There is no such threading algorithm")
    arguments.space()
    context, key = search_program(session, view, arguments, session.uid_only, named_charset)
    found = await found_in(session, view, searched(session, view, key), context)
    threads = await patiently(session, _threads(session, view, found.uids, name))
    numbers = threads.order if by_uid else view.numbers_in_order(threads.order)
    await _write(session, threads.shape, numbers)


async def _threads(session: Session, view: View, uids: Sequence[int], name: bytes) -> Arrangement:
    """What these messages are by that algorithm; kept, because a client asks again when it comes back."""
    there = array("I", uids)
    key = name, hash(there.tobytes())
    known = view.mailbox.kept(key)
    if known is not None and known.uids == there:
        return known
    forest = await _forest(session, view, uids, session.offer.threads[name])
    order, shape = array("I"), []
    for piece, some in written(forest):
        shape.append(piece)
        order.extend(some)
        await session.peer.room()
    threads = Arrangement(there, order, tuple(shape))
    view.mailbox.keep(key, threads)
    return threads


async def _forest(session: Session, view: View, uids: Sequence[int], algorithm: Algorithm) -> Forest:
    gathering = algorithm.gather()
    async for rows in column_slices(view, uids, algorithm.columns, session.peer):
        gathering.add(rows)
    for _ in gathering.steps():
        await session.peer.room()
    return gathering.forest()


async def _write(session: Session, shape: Sequence[bytes], numbers: Sequence[int]) -> None:
    session.write(b"* THREAD " if shape else b"* THREAD")
    at = 0
    for piece in shape:
        stop = at + piece.count(b"%")
        session.write(piece % tuple(numbers[at:stop]))
        at = stop
        await session.peer.room()
    session.write(b"\r\n")


VERBS = search_verbs(b"THREAD", thread)
