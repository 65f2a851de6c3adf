"""CONTEXT=SEARCH: the client is told what a search finds now that it did not find before. RFC 5267 section 4."""

from tayori.errors import ClientBug
from tayori.imap.contexts import CONTEXT, UPDATE
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension, State, Verb, after_login
from tayori.imap.search_results import Result
from tayori.imap.session import Session


def _nothing(_: Result) -> bytes:
    """UPDATE is done beside the result; CONTEXT is a hint for servers that make something of it. Section 4.2."""
    return b""


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
    search_returns={UPDATE: lambda _: _nothing, CONTEXT: lambda _: _nothing},
    verbs=(Verb(b"CANCELUPDATE", cancel_update, State.SELECTED),),
)
