"""SORT and UID SORT: SEARCH's result in the order that is asked for. RFC 5256 section 3."""

from collections.abc import Mapping, Sequence

from tayori.imap import contexts, search_results, sorting
from tayori.imap.commands.search import found_in, search_program, search_verbs, told_of
from tayori.imap.contexts import FollowedSort
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import Extension, after_login
from tayori.imap.progress import patiently
from tayori.imap.search_keys import named_charset
from tayori.imap.search_results import Piece, ResultOption
from tayori.imap.session import Session
from tayori.imap.sorting import Criterion
from tayori.imap.view import View
from tayori.model import SearchKey

EXTENDED, FOLLOWED = b"ESORT", b"CONTEXT=SORT"


async def sort(session: Session, arguments: Arguments, by_uid: bool) -> None:
    """Raises UnknownCharset."""
    view = session.selected()
    arguments.space()
    pieces = search_results.pieces(arguments, _options(session))
    contexts.check_tag(session, view, pieces)
    with search_results.saving(view, pieces):
        await _answered(session, view, arguments, by_uid, pieces)


async def _answered(
    session: Session, view: View, arguments: Arguments, by_uid: bool, pieces: Mapping[bytes, Piece] | None
) -> None:
    wanted = sorting.criteria(arguments, session.offer.sort)
    arguments.space()
    program, uid_only = arguments.again(), session.uid_only
    context, key = search_program(session, view, arguments, uid_only, named_charset)
    found = await found_in(session, view, searched(session, view, key), context)
    uids = await _ordered(session, view, key, found.uids, wanted)
    numbers = uids if by_uid else view.numbers_in_order(uids)
    if pieces is None:
        session.write(search_results.plain(numbers, found.trailers, b"SORT"))
        return
    if contexts.UPDATE in pieces:

        def read() -> SearchKey:
            return search_program(session, view, program.again(), uid_only, named_charset)[1]

        steady = context.steady and not sorting.is_scored(wanted)
        FollowedSort(session, view, by_uid, read, uids, wanted).begin(steady, pieces[contexts.UPDATE])
    said = await told_of(session, view, key, found._replace(uids=uids), numbers, pieces)
    session.write(search_results.extended(session.tag, by_uid, said))


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


EXTENSION = Extension(
    rfc="5256",
    capability=b"SORT",
    shown=after_login,
    sort=sorting.KEYS,
    verbs=search_verbs(b"SORT", sort),
)
