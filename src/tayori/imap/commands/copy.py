"""COPY and UID COPY. RFC 3501 sections 6.4.7 and 6.4.8; COPYUID, RFC 4315 section 3."""

from tayori.errors import Expunged
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.sequence import set_of
from tayori.imap.session import Session
from tayori.model import Copied, MailboxName, Ranges


async def copy(session: Session, arguments: Arguments) -> bytes | None:
    """Raises NoSuchMailbox, Expunged: then nothing is copied."""
    ranges, target = await chosen_and_target(session, arguments, by_uid=False)
    return copy_uid(await session.selected().mailbox.copy(ranges, target), b"Copied")


async def uid_copy(session: Session, arguments: Arguments) -> bytes | None:
    ranges, target = await chosen_and_target(session, arguments, by_uid=True)
    return copy_uid(await session.selected().mailbox.copy(ranges, target), b"Copied")


async def chosen_and_target(session: Session, arguments: Arguments, by_uid: bool) -> tuple[Ranges, MailboxName]:
    """Raises Expunged: a sequence number's message is gone. RFC 2180 section 4.4.1."""
    view = session.selected()
    arguments.space()
    chosen = arguments.sequence_set()
    arguments.space()
    target = arguments.mailbox()
    arguments.end()
    await session.tell_news(expunges=False)
    ranges = view.ranges(view.spans(chosen, by_uid))
    if not by_uid and view.gone and any(first <= uid <= last for first, last in ranges for uid in view.gone):
        raise Expunged("Some of these messages are gone; nothing is copied")
    return ranges, target


def copy_uid(copied: Copied, text: bytes) -> bytes | None:
    """b"[COPYUID 432 1:2 7:8] Copied"; None where nothing was copied."""
    if not copied.source:
        return None
    return b"[COPYUID %d %b %b] %b" % (copied.uid_validity, set_of(copied.source), set_of(copied.target), text)


VERBS = (
    Verb(b"COPY", copy, State.SELECTED, numbers=True, target=True),
    Verb(b"UID COPY", uid_copy, State.SELECTED, target=True),
)
