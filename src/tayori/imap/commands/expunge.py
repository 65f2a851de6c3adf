"""EXPUNGE and CLOSE. RFC 3501 sections 6.4.2 and 6.4.3."""

from tayori.errors import MailboxGone
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.session import Session
from tayori.imap.view import View


async def expunge(session: Session, arguments: Arguments) -> bytes | None:
    """What went is told as after every command."""
    arguments.end()
    view = session.writable()
    return await modseq_after(session, view, await view.mailbox.expunge())


async def modseq_after(session: Session, view: View, gone: list[int]) -> bytes | None:
    """b"[HIGHESTMODSEQ 917] …" for who resynchronizes by it. RFC 7162 section 3.2.7.

    All that it covers is told before it is said.
    """
    if not gone or b"QRESYNC" not in session.enabled:
        return None
    return b"[HIGHESTMODSEQ %d] Expunged" % (await view.mailbox.latest()).modseq


async def close(session: Session, arguments: Arguments) -> bytes | None:
    """Nothing is told of what goes by it; one that was selected for reading loses nothing."""
    arguments.end()
    view = session.selected()
    session.view = None
    if view.read_only:
        return None
    try:
        return await _modseq_of_all_known(session, view, await view.mailbox.expunge())
    except MailboxGone:
        return None  # what CLOSE is for has happened already


async def _modseq_of_all_known(session: Session, view: View, gone: list[int]) -> bytes | None:
    """b"[HIGHESTMODSEQ 917] …", but where others changed something that the client has not been told of.

    It would pass over that when it comes back. RFC 7162 section 3.2.8.
    """
    if not gone or b"QRESYNC" not in session.enabled:
        return None
    changes = await view.mailbox.advance(view.now)
    came = len(changes.now.uids) + len(changes.vanished) > len(view.now.uids)
    if came or changes.changed or changes.vanished != gone or view.gone:
        return None
    return b"[HIGHESTMODSEQ %d] Closed" % changes.now.modseq


VERBS = (Verb(b"EXPUNGE", expunge, State.SELECTED), Verb(b"CLOSE", close, State.SELECTED))
