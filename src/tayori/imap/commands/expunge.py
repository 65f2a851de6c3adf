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


async def close(session: Session, arguments: Arguments) -> None:
    """Nothing is told of what goes by it; one that was selected for reading loses nothing."""
    arguments.end()
    view = session.selected()
    session.view = None
    if not view.read_only:
        try:
            await view.mailbox.expunge()
        except MailboxGone:
            pass  # what CLOSE is for has happened already


VERBS = (Verb(b"EXPUNGE", expunge, State.SELECTED), Verb(b"CLOSE", close, State.SELECTED))
