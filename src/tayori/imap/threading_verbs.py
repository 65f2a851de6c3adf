"""THREAD and UID THREAD, whichever algorithm is offered. RFC 5256 section 3."""

from collections.abc import Sequence
from itertools import islice

from tayori.errors import ProtocolError
from tayori.imap.commands.search import found_in
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import State, Verb
from tayori.imap.progress import patiently
from tayori.imap.search_keys import Context, named_charset, search_key
from tayori.imap.session import Session
from tayori.imap.sorting import column_slices
from tayori.imap.threads import Algorithm, Forest, written
from tayori.imap.view import View

WRITTEN = 500  # threads that are written in one go


async def thread(session: Session, arguments: Arguments) -> None:
    """Raises UnknownCharset."""
    await _answer(session, arguments, by_uid=False)


async def uid_thread(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: Arguments, by_uid: bool) -> None:
    view = session.selected()
    arguments.space()
    algorithm = session.offer.threads.get(arguments.word())
    if algorithm is None:
        raise ProtocolError("There is no such threading algorithm")
    arguments.space()
    context = Context(view, named_charset(arguments), session.uid_only, session.offer.search_wrappers)
    key = search_key(arguments, context, session.offer.search)
    found = await found_in(session, view, searched(session, view, key), context)
    forest = await patiently(session, _forest(session, view, found.uids, algorithm))
    numbers = found.uids if by_uid else view.numbers(found.uids)
    await _write(session, forest, dict(zip(found.uids, numbers, strict=True)))


async def _forest(session: Session, view: View, uids: Sequence[int], algorithm: Algorithm) -> Forest:
    gathering = algorithm.gather()
    async for rows in column_slices(view, uids, algorithm.columns, session.peer):
        gathering.add(rows)
    for _ in gathering.steps():
        await session.peer.room()
    return gathering.forest()


async def _write(session: Session, forest: Forest, numbers: dict[int, int]) -> None:
    session.write(b"* THREAD " if forest.roots else b"* THREAD")
    pieces = written(forest, numbers)
    while some := list(islice(pieces, WRITTEN)):
        session.write(b"".join(some))
        await session.peer.room()
    session.write(b"\r\n")


VERBS = (
    Verb(b"THREAD", thread, State.SELECTED, expunges=False, numbers=True),
    Verb(b"UID THREAD", uid_thread, State.SELECTED),
)
