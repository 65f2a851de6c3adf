"""SEARCH and UID SEARCH. RFC 3501 sections 6.4.4 and 6.4.8, RFC 4466 section 2.6."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tayori.errors import ProtocolError
from tayori.imap import contexts, search_results
from tayori.imap.contexts import FollowedSearch
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import State, Verb
from tayori.imap.progress import patiently
from tayori.imap.search_keys import Context, charset, search_key
from tayori.imap.search_results import Page, Piece, Result
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import SearchKey


async def search(session: Session, arguments: Arguments, by_uid: bool) -> None:
    """What was found among the messages that the client has been told of. Raises UnknownCharset."""
    view = session.selected()
    arguments.space()
    pieces = search_results.pieces(arguments, session.offer.search_returns)
    contexts.check_tag(session, view, pieces)
    with search_results.saving(view, pieces):
        await _answered(session, view, arguments, by_uid, pieces)


async def _answered(
    session: Session, view: View, arguments: Arguments, by_uid: bool, pieces: Mapping[bytes, Piece] | None
) -> None:
    program, uid_only = arguments.again(), session.uid_only
    context, key = search_program(session, view, arguments, uid_only)
    found = await found_in(session, view, searched(session, view, key), context, pieces or ())
    numbers = found.uids if by_uid else view.numbers(found.uids)
    if pieces is None and session.is_rev2():
        pieces = {b"ALL": session.offer.search_returns[b"ALL"](arguments)}  # RFC 9051 section 6.4.4
    if pieces is None:
        session.write(search_results.plain(numbers, found.trailers))
    else:
        if contexts.UPDATE in pieces:

            def read() -> SearchKey:
                return search_program(session, view, program.again(), uid_only)[1]

            FollowedSearch(session, view, by_uid, read, found.uids).begin(context.steady, pieces[contexts.UPDATE])
        said = await told_of(session, view, key, found, numbers, pieces)
        session.write(search_results.extended(session.tag, by_uid, said))


def search_program(
    session: Session, view: View, arguments: Arguments, uid_only: bool, label: Callable[[Arguments], str] = charset
) -> tuple[Context, SearchKey]:
    """[CHARSET name] keys, up to the end, as they are meant in this mailbox; `label` reads the charset.

    Raises UnknownCharset; ProtocolError: texts are UTF-8 by UTF8=ACCEPT, and a charset is named, RFC 6855 section 3.
    """
    if label is charset and b"UTF8=ACCEPT" in session.enabled and arguments.skip_word(b"CHARSET "):
        raise ProtocolError("With UTF8=ACCEPT every text is UTF-8: leave CHARSET out")
    named = label(arguments)
    if named != "utf-8" and b"UTF8=ACCEPT" in session.enabled:  # SORT and THREAD must name one, erratum 4029
        raise ProtocolError("With UTF8=ACCEPT every text is UTF-8: name no other charset")
    context = Context(view, named, uid_only, session.offer.search_wrappers)
    return context, search_key(arguments, context, session.offer.search)


class Found(NamedTuple):
    uids: Sequence[int]  # that the client has been told of, ascending, or as SORT has put them
    trailers: list[bytes]  # what the keys want said of them


async def found_in(
    session: Session, view: View, key: SearchKey, context: Context, asked: Iterable[bytes] = ()
) -> Found:
    """What the keys turn on is turned on; `asked` are the names of what is to be told of it."""
    uids = view.known(await patiently(session, view.mailbox.search(key)))
    told = _told(uids, frozenset(asked))
    trailers = [await trailer(view, told) for trailer in context.trailers] if uids else []
    for capability in context.enables:
        session.enable(capability)
    return Found(uids, trailers)


def _told(uids: Sequence[int], asked: frozenset[bytes]) -> Sequence[int]:
    """Whose MODSEQs count: of MIN and MAX alone, just those messages'. RFC 4731 section 3.2."""
    if not uids or not asked or not asked <= {b"MIN", b"MAX"}:
        return uids
    return sorted({uids[-1] if name == b"MAX" else uids[0] for name in asked})


async def told_of(
    session: Session, view: View, key: SearchKey, found: Found, numbers: Sequence[int], pieces: Mapping[bytes, Piece]
) -> list[bytes | None]:
    """What RETURN's options and the keys say of what was found; how well each matches, RFC 6203 section 4."""
    relevancy: Sequence[int] = ()
    if b"RELEVANCY" in pieces and found.uids:
        relevancy = await patiently(session, view.mailbox.relevancy(key, found.uids))
    page = next((piece.taken for piece in pieces.values() if isinstance(piece, Page)), None)
    result = Result(view, found.uids, numbers, contexts.results(pieces), relevancy, page)
    return [*(piece(result) for piece in pieces.values()), *found.trailers]


def search_verbs(name: bytes, answer: Callable[[Session, Arguments, bool], Awaitable[None]]) -> tuple[Verb, Verb]:
    """A verb that finds as SEARCH does, and the same behind UID; `answer` is told whether UIDs are asked for."""
    return (
        Verb(
            name,
            lambda session, arguments: answer(session, arguments, False),
            State.SELECTED,
            expunges=False,
            numbers=True,
        ),
        Verb(b"UID " + name, lambda session, arguments: answer(session, arguments, True), State.SELECTED),
    )


VERBS = search_verbs(b"SEARCH", search)
