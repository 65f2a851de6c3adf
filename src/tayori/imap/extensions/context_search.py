"""CONTEXT=SEARCH: the client is told what a search finds now that it did not find before. RFC 5267 section 4."""

from tayori.errors import ClientBug
from tayori.imap.contexts import CONTEXT, UPDATE, Update
from tayori.imap.fetch_items import request
from tayori.imap.grammar import Arguments
from tayori.imap.notify_groups import peeking
from tayori.imap.offer import Extension, State, Verb, after_login, offer
from tayori.imap.search_results import Result
from tayori.imap.session import Session


def _nothing(_: Result) -> bytes:
    """CONTEXT is a hint for servers that make something of it. Section 4.2."""
    return b""


def _update(arguments: Arguments) -> Update:
    """UPDATE [(items)]; RFC 5465 section 7 has a space in its example and none in its grammar."""
    if arguments.next_is(b" ("):
        arguments.space()
    if not arguments.next_is(b"("):
        return Update()
    return Update(peeking(request(arguments, offer(frozenset()).fetch)))


async def cancel_update(session: Session, arguments: Arguments) -> None:
    """CANCELUPDATE "tag" … Raises ClientBug: no such search is followed; then none is given up. Section 4.3.5."""
    followers, tags = session.selected().followers, []
    while not arguments.at_end():
        arguments.space()
        tags.append(arguments.string())
    if not tags or not followers.keys() >= set(tags):
        raise ClientBug("The tags of searches that are followed are expected")
    for tag in set(tags):
        del followers[tag]


EXTENSION = Extension(
    rfc="5267",
    capability=b"CONTEXT=SEARCH",
    shown=after_login,
    needs=(b"ESEARCH", b"PARTIAL"),
    search_returns={UPDATE: _update, CONTEXT: lambda _: _nothing},
    verbs=(Verb(b"CANCELUPDATE", cancel_update, State.SELECTED),),
)
