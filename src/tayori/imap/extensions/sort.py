"""SORT and UID SORT: SEARCH's result in the order that is asked for. RFC 5256 section 3."""

from collections.abc import Mapping, Sequence

from tayori.imap import contexts, search_results, sorting
from tayori.imap.commands.search import Found, found_in, relevancies
from tayori.imap.contexts import FollowedSort
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import Extension, State, Verb, after_login
from tayori.imap.progress import patiently
from tayori.imap.search_keys import Context, named_charset, search_key
from tayori.imap.search_results import Result, ResultOption
from tayori.imap.session import Session
from tayori.imap.sorting import Criterion
from tayori.imap.view import View
from tayori.model import SearchKey

EXTENDED, FOLLOWED = b"ESORT", b"CONTEXT=SORT"


async def sort(session: Session, arguments: Arguments) -> None:
    """Raises UnknownCharset."""
    await _answer(session, arguments, by_uid=False)


async def uid_sort(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: Arguments, by_uid: bool) -> None:
    view = session.selected()
    arguments.space()
    pieces = search_results.pieces(arguments, _options(session))
    contexts.check_tag(session, view, pieces)
    wanted = sorting.criteria(arguments, session.offer.sort)
    arguments.space()
    program, uid_only = arguments.again(), session.uid_only
    context, key = _program(session, view, arguments, uid_only)
    found = await found_in(session, view, searched(session, view, key), context)
    uids = await _ordered(session, view, key, found.uids, wanted)
    numbers = uids if by_uid else view.numbers_in_order(uids)
    if pieces is None:
        session.write(search_results.plain(numbers, found.trailers, b"SORT"))
        return
    if contexts.UPDATE in pieces:

        def read() -> SearchKey:
            return _program(session, view, program.again(), uid_only)[1]

        steady = context.steady and not sorting.is_scored(wanted)
        FollowedSort(session, view, by_uid, read, uids, wanted).begin(steady, pieces[contexts.UPDATE])
    relevancy = await relevancies(session, view, key, Found(uids, []), pieces)
    result = Result(view, uids, numbers, contexts.results(pieces), relevancy)
    said = [piece(result) for piece in pieces.values()]
    session.write(search_results.extended(session.tag, by_uid, [*said, *found.trailers]))


async def _ordered(
    session: Session, view: View, key: SearchKey, uids: Sequence[int], wanted: Sequence[Criterion]
) -> list[int]:
    if not sorting.is_scored(wanted):
        return await patiently(session, sorting.ordered(view, uids, wanted, session.peer))
    scores = await patiently(session, view.mailbox.relevancy(key, uids))
    return await patiently(session, sorting.by_scores(view, uids, wanted, scores, session.peer))


def _options(session: Session) -> Mapping[bytes, ResultOption]:
    """What SORT's RETURN may ask for."""
    names = session.offer.names
    if EXTENDED not in names:
        return {}
    options = session.offer.search_returns
    return options if FOLLOWED in names else {name: options[name] for name in options.keys() - contexts.OPTIONS}


def _program(session: Session, view: View, arguments: Arguments, uid_only: bool) -> tuple[Context, SearchKey]:
    """Charset and keys, up to the end, as they are meant now. Raises UnknownCharset."""
    context = Context(view, named_charset(arguments), uid_only, session.offer.search_wrappers)
    return context, search_key(arguments, context, session.offer.search)


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
