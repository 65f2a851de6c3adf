"""SEARCH and UID SEARCH. RFC 3501 sections 6.4.4 and 6.4.8."""

from collections.abc import Sequence

from tayori.imap.grammar import Arguments
from tayori.imap.search_keys import Context, charset, search_key
from tayori.imap.session import Session, State, Verb


async def search(session: Session, arguments: Arguments) -> None:
    """Raises UnknownCharset."""
    session.write(_found(session.selected().numbers(await _uids(session, arguments))))


async def uid_search(session: Session, arguments: Arguments) -> None:
    session.write(_found(await _uids(session, arguments)))


async def _uids(session: Session, arguments: Arguments) -> Sequence[int]:
    """UIDs that match, among those the client has been told of."""
    view = session.selected()
    arguments.space()
    context = Context(view, charset(arguments))
    key = search_key(arguments, context, session.offer.search)
    return view.known(await view.mailbox.search(key))


def _found(numbers: Sequence[int]) -> bytes:
    return b"* SEARCH%b\r\n" % b"".join([b" %d" % number for number in numbers])


VERBS = (
    Verb(b"SEARCH", search, State.SELECTED, expunges=False),
    Verb(b"UID SEARCH", uid_search, State.SELECTED),
)
