"""CONDSTORE: what has changed since, and STORE only of what has not. RFC 7162 section 3.1."""

from collections.abc import Sequence

from tayori.imap.fetch_items import Request
from tayori.imap.grammar import Arguments
from tayori.imap.modseq import CONDSTORE, MODSEQ, highest, tell_modseqs
from tayori.imap.offer import Extension
from tayori.imap.search_keys import Context
from tayori.imap.session import Session
from tayori.imap.store_items import Change
from tayori.imap.view import View
from tayori.model import ModSeqFrom, SearchKey


def _enable(session: Session) -> None:
    """A mailbox that is selected already tells its highest MODSEQ. RFC 7162 section 3.1.2."""
    tell_modseqs(session)
    if session.view is not None:
        session.write(highest(session.view))


def _select(session: Session, arguments: Arguments) -> None:
    """SELECT mailbox (CONDSTORE): SELECT tells the highest MODSEQ in any case. RFC 7162 section 3.1.8."""
    tell_modseqs(session)


def _modseq(_: Arguments, wanted: Request) -> None:
    """FETCH (MODSEQ). RFC 7162 section 3.1.4.2."""
    wanted.add(MODSEQ)
    wanted.enables.add(CONDSTORE)


def _changed_since(arguments: Arguments, wanted: Request) -> None:
    """FETCH items (CHANGEDSINCE n). RFC 7162 section 3.1.4.1."""
    arguments.space()
    wanted.narrowed.append(ModSeqFrom(arguments.number64() + 1))
    _modseq(arguments, wanted)


def _unchanged_since(arguments: Arguments, wanted: Change) -> None:
    """STORE set (UNCHANGEDSINCE n). RFC 7162 section 3.1.3."""
    arguments.space()
    wanted.unchanged_since = arguments.number64()


def _search(arguments: Arguments, context: Context) -> SearchKey:
    """MODSEQ ["/flags/\\\\seen" all] n; all parts of a message share one MODSEQ. RFC 7162 section 3.1.5."""
    arguments.space()
    if arguments.next_is(b'"'):
        arguments.string()
        arguments.space()
        arguments.word()
        arguments.space()
    if _highest_found not in context.trailers:  # it is told once, however often it is asked
        context.trailers.append(_highest_found)
    context.enables.add(CONDSTORE)
    return ModSeqFrom(arguments.number64())


async def _highest_found(view: View, uids: Sequence[int]) -> bytes:
    rows = await view.mailbox.rows([(uids[0], uids[-1])], (MODSEQ.column,))
    found = frozenset(uids)
    return b"MODSEQ %d" % max([int(row[1]) for row in rows if row[0] in found], default=1)


EXTENSION = Extension(
    rfc="7162",
    capability=CONDSTORE,
    enable=_enable,
    fetch={b"MODSEQ": _modseq},
    fetch_modifiers={b"CHANGEDSINCE": _changed_since},
    search={b"MODSEQ": _search},
    store={b"UNCHANGEDSINCE": _unchanged_since},
    status={b"HIGHESTMODSEQ": lambda status, _: b"HIGHESTMODSEQ %d" % status.highest_modseq},
    select={CONDSTORE: _select},
    selected=highest,
)
