"""COPY and UID COPY. RFC 3501 sections 6.4.7 and 6.4.8; COPYUID, RFC 4315 section 3."""

from tayori.errors import Expunged
from tayori.imap.grammar import Arguments
from tayori.imap.limits import check_saving
from tayori.imap.offer import State, Verb
from tayori.imap.progress import patiently
from tayori.imap.sequence import Span, set_of
from tayori.imap.session import Session
from tayori.model import Copied, MailboxName


async def copy(session: Session, arguments: Arguments) -> bytes | None:
    """Raises NoSuchMailbox, Expunged, MessageLimit: then nothing is copied."""
    return await _copied(session, arguments, by_uid=False)


async def uid_copy(session: Session, arguments: Arguments) -> bytes | None:
    return await _copied(session, arguments, by_uid=True)


async def _copied(session: Session, arguments: Arguments, by_uid: bool) -> bytes | None:
    spans, target = await chosen_and_target(session, arguments, by_uid)
    check_saving(session, spans)
    view = session.selected()
    return copy_uid(await patiently(session, view.mailbox.copy(view.ranges(spans), target)), b"Copied")


async def chosen_and_target(session: Session, arguments: Arguments, by_uid: bool) -> tuple[list[Span], MailboxName]:
    """Places of the view, and where they are wanted. Raises Expunged: one's message is gone. RFC 2180 section 4.4.1."""
    view = session.selected()
    arguments.space()
    chosen = arguments.sequence_set()
    arguments.space()
    target = arguments.mailbox()
    arguments.end()
    await session.tell_news(expunges=False)
    spans = view.spans(chosen, by_uid)
    ranges = view.ranges(spans)
    if not by_uid and view.gone and any(first <= uid <= last for first, last in ranges for uid in view.gone):
        raise Expunged("Some of these messages are gone; nothing is copied")
    return spans, target


def copy_uid(copied: Copied, text: bytes) -> bytes | None:
    """b"[COPYUID 432 1:2 7:8] Copied"; None where nothing was copied."""
    if not copied.source:
        return None
    return b"[COPYUID %d %b %b] %b" % (copied.uid_validity, set_of(copied.source), set_of(copied.target), text)


VERBS = (
    Verb(b"COPY", copy, State.SELECTED, numbers=True, target=True),
    Verb(b"UID COPY", uid_copy, State.SELECTED, target=True),
)
