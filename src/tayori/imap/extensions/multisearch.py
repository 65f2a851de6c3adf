"""MULTISEARCH: ESEARCH looks into many mailboxes. RFC 7377.

One mailbox is looked at after another, and no more than one's result is held; one that is gone meanwhile is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tayori.errors import MailboxGone, NoSuchMailbox, ProtocolError
from tayori.imap import contexts, search_results
from tayori.imap.commands.search import found_in, search_program, told_of
from tayori.imap.commands.select import glimpse
from tayori.imap.grammar import Arguments
from tayori.imap.mailbox_filters import FILTERS, Filter
from tayori.imap.offer import LOGGED_IN, Extension, Verb
from tayori.imap.progress import Progress
from tayori.imap.search_results import Piece
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import MailboxInfo, MailboxName


@dataclass(slots=True)
class Sources:
    """Where to look. RFC 7377 section 2.2."""

    selected: bool = False
    filters: list[Filter] = field(default_factory=list)

    def holds(self, info: MailboxInfo) -> bool:
        return info.selectable and any(one.holds(info) for one in self.filters)


async def esearch(session: Session, arguments: Arguments) -> None:
    """ESEARCH [IN (sources)] [RETURN (options)] keys. Raises UnknownCharset; WrongState: none is selected."""
    sources = _sources(arguments)
    arguments.space()
    pieces = search_results.pieces(arguments, session.offer.search_returns)
    pieces = pieces or {b"ALL": session.offer.search_returns[b"ALL"](arguments)}
    if b"SAVE" in pieces and sources.filters:
        raise ProtocolError("Only of the selected mailbox can a result be saved")
    if contexts.UPDATE in pieces:
        session.selected()  # of it alone could a result be followed
        contexts.refuse(session)
    names = await _names(session, sources)
    progress, start = Progress(session, len(names)), arguments.at
    for done, name in enumerate(names):
        await progress.tell(done)
        arguments.at = start
        await _answer(session, name, arguments, pieces, alone=not sources.filters)
        await session.peer.room()


async def _names(session: Session, sources: Sources) -> list[MailboxName]:
    _, mailboxes = session.account_mail()
    names = [session.selected().name] if sources.selected else []
    if sources.filters:
        names += [info.name for info in await mailboxes.listing() if sources.holds(info) and info.name not in names]
    return names


async def _answer(
    session: Session, name: MailboxName, arguments: Arguments, pieces: Mapping[bytes, Piece], alone: bool
) -> None:
    """Nothing where nothing was found. Sequence numbers mean something where no other mailbox is named."""
    if session.view is not None and session.view.name == name:
        with search_results.saving(session.view, pieces):
            await _tell_found(session, session.view, arguments, pieces, session.uid_only or not alone)
        return
    try:
        await _tell_found(session, await glimpse(session, name), arguments, pieces, uid_only=True)
    except (NoSuchMailbox, MailboxGone):
        return


async def _tell_found(
    session: Session, view: View, arguments: Arguments, pieces: Mapping[bytes, Piece], uid_only: bool
) -> None:
    context, key = search_program(session, view, arguments, uid_only)
    found = await found_in(session, view, key, context)
    said = await told_of(session, view, key, found, found.uids, pieces)
    if found.uids:
        where = b"MAILBOX %b UIDVALIDITY %d" % (session.spelt(view.name), view.now.uid_validity)
        session.write(search_results.extended(session.tag, True, said, where))


# ---- where to look


def _sources(arguments: Arguments) -> Sources:
    """IN (sources); what is selected where it does not stand."""
    if not arguments.skip_word(b" IN "):
        return Sources(selected=True)
    sources = Sources()

    def source() -> None:
        name = arguments.word()
        if name == b"SELECTED":
            sources.selected = True
        elif name in FILTERS:
            sources.filters.append(FILTERS[name](arguments))
        else:
            raise ProtocolError("There is no such source")

    arguments.list_of(source)
    if not sources.selected and not sources.filters:
        raise ProtocolError("At least one source is expected")
    return sources


EXTENSION = Extension(
    rfc="7377",
    capability=b"MULTISEARCH",
    needs=(b"ESEARCH",),
    verbs=(Verb(b"ESEARCH", esearch, LOGGED_IN, expunges=False),),
)
