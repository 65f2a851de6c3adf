"""EXPUNGE and CLOSE. RFC 3501 sections 6.4.2 and 6.4.3."""

from tayori.errors import MailboxGone
from tayori.imap.grammar import Arguments
from tayori.imap.offer import State, Verb
from tayori.imap.session import Session


async def expunge(session: Session, arguments: Arguments) -> None:
    """What went is told as after every command."""
    arguments.end()
    await session.writable().mailbox.expunge()


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
