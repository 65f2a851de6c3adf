"""UIDPLUS: UID EXPUNGE; COPYUID and APPENDUID stand in commands/. RFC 4315."""

from tayori.imap.commands.expunge import modseq_after
from tayori.imap.grammar import Arguments
from tayori.imap.limits import newest_deleted
from tayori.imap.offer import Extension, State, Verb
from tayori.imap.session import Session


async def uid_expunge(session: Session, arguments: Arguments) -> bytes | None:
    """Only what is \\Deleted among these. RFC 4315 section 2.1."""
    arguments.space()
    chosen = arguments.sequence_set()
    arguments.end()
    view = session.writable()
    spans = newest_deleted(session, view, view.spans(chosen, by_uid=True))
    gone = await view.mailbox.expunge(view.ranges(spans))
    return await modseq_after(session, view, gone)


EXTENSION = Extension(rfc="4315", capability=b"UIDPLUS", verbs=(Verb(b"UID EXPUNGE", uid_expunge, State.SELECTED),))
