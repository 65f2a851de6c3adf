"""SORT and UID SORT: SEARCH's result in the order that is asked for. RFC 5256 section 3."""

from tayori.imap import search_results, sorting
from tayori.imap.commands.search import Found, found_in, relevancies
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import Extension, State, Verb, after_login
from tayori.imap.progress import patiently
from tayori.imap.search_keys import Context, named_charset, search_key
from tayori.imap.search_results import Result
from tayori.imap.session import Session

EXTENDED = b"ESORT"


async def sort(session: Session, arguments: Arguments) -> None:
    """Raises UnknownCharset."""
    await _answer(session, arguments, by_uid=False)


async def uid_sort(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: Arguments, by_uid: bool) -> None:
    view = session.selected()
    arguments.space()
    options = session.offer.search_returns if EXTENDED in session.offer.names else {}
    pieces = search_results.pieces(arguments, options)
    wanted = sorting.criteria(arguments, session.offer.sort)
    arguments.space()
    context = Context(view, named_charset(arguments), session.uid_only, session.offer.search_wrappers)
    key = search_key(arguments, context, session.offer.search)
    found = await found_in(session, view, searched(session, view, key), context)
    uids = await patiently(session, sorting.ordered(view, found.uids, wanted, session.peer))
    numbers = uids if by_uid else view.numbers_in_order(uids)
    if pieces is None:
        session.write(search_results.plain(numbers, found.trailers, b"SORT"))
        return
    relevancy = await relevancies(session, view, key, Found(uids, []), pieces)
    result = Result(view, uids, numbers, frozenset(pieces), relevancy)
    said = [piece(result) for piece in pieces.values()]
    session.write(search_results.extended(session.tag, by_uid, [*said, *found.trailers]))


EXTENSION = Extension(
    rfc="5256",
    capability=b"SORT",
    shown=after_login,
    sort=sorting.KEYS,
    verbs=(
        Verb(b"SORT", sort, State.SELECTED, expunges=False, numbers=True),
        Verb(b"UID SORT", uid_sort, State.SELECTED),
    ),
)
