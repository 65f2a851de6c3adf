"""SEARCH and UID SEARCH. RFC 3501 sections 6.4.4 and 6.4.8, RFC 4466 section 2.6."""

from tayori.imap import search_results
from tayori.imap.grammar import Arguments
from tayori.imap.limits import searched
from tayori.imap.offer import State, Verb
from tayori.imap.progress import Patiently
from tayori.imap.search_keys import Context, charset, search_key
from tayori.imap.search_results import Result
from tayori.imap.session import Session


async def search(session: Session, arguments: Arguments) -> None:
    """Raises UnknownCharset."""
    await _answer(session, arguments, by_uid=False)


async def uid_search(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: Arguments, by_uid: bool) -> None:
    """What was found among the messages that the client has been told of."""
    view = session.selected()
    arguments.space()
    pieces = search_results.pieces(arguments, session.offer.search_returns)
    context = Context(view, charset(arguments), session.uid_only)
    key = searched(session, view, search_key(arguments, context, session.offer.search))
    uids = view.known(await Patiently(session, view.mailbox.search(key)))
    trailers = [await trailer(view, uids) for trailer in context.trailers] if uids else []
    for capability in context.enables:
        session.enable(capability)
    numbers = uids if by_uid else view.numbers(uids)
    if pieces is None and session.is_rev2():
        pieces = {b"ALL": session.offer.search_returns[b"ALL"](arguments)}  # RFC 9051 section 6.4.4
    if pieces is None:
        session.write(search_results.plain(numbers, trailers))
    else:
        result = Result(view, uids, numbers, frozenset(pieces))
        said = [piece(result) for piece in pieces.values()]
        session.write(search_results.extended(session.tag, by_uid, [*said, *trailers]))


VERBS = (
    Verb(b"SEARCH", search, State.SELECTED, expunges=False, numbers=True),
    Verb(b"UID SEARCH", uid_search, State.SELECTED),
)
