"""REPLACE and UID REPLACE: a new message comes and an old one goes, in one step. RFC 8508.

Nothing of the old one is inherited; where it may be that the new one came, the old one is gone (section 3.4).
"""

from tayori.errors import Expunged, NoSuchMessage
from tayori.imap.commands.append import append_uid, take_message
from tayori.imap.commands.expunge import modseq_after
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension, State, Verb
from tayori.imap.sequence import SequenceSet
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import Replaced
from tayori.ports import Draft


async def replace(session: Session, arguments: Arguments) -> bytes | None:
    """Raises what APPEND does; NoSuchMessage, Expunged: then nothing is kept. RFC 8508 section 3.2."""
    return await _replaced(session, arguments, by_uid=False)


async def uid_replace(session: Session, arguments: Arguments) -> bytes | None:
    return await _replaced(session, arguments, by_uid=True)


async def _replaced(session: Session, arguments: Arguments, by_uid: bool) -> bytes | None:
    """APPENDUID is told before the old one's EXPUNGE, which comes as news does. RFC 8508 section 4.3."""
    view = session.writable()
    arguments.space()
    chosen = _one(arguments)
    arguments.space()
    mailbox = arguments.mailbox()
    arguments.space()
    await session.tell_news(expunges=False)
    uid = _uid(view, chosen, by_uid)
    drafts: list[Draft] = []
    try:
        await take_message(session, arguments, mailbox, drafts, Replaced(view.name, view.now.uid_validity, uid))
        arguments.end()
        session.tell_placed(append_uid(await session.intake.commit_all(drafts), mailbox))
    finally:
        for draft in drafts:
            draft.discard()
    return await modseq_after(session, view, [uid])


def _one(arguments: Arguments) -> SequenceSet:
    """A single number, or "*". RFC 3501 section 9, seq-number."""
    return SequenceSet(b"*" if arguments.skip(b"*") else b"%d" % arguments.nz_number())


def _uid(view: View, chosen: SequenceSet, by_uid: bool) -> int:
    ranges = view.ranges(view.spans(chosen, by_uid))
    if not ranges:
        raise NoSuchMessage("There is no such message")
    ((uid, _),) = ranges
    if uid in view.gone:
        raise Expunged("That message is gone")
    return uid


EXTENSION = Extension(
    rfc="8508",
    capability=b"REPLACE",
    verbs=(
        Verb(b"REPLACE", replace, State.SELECTED, numbers=True, target=True, message_after=2),
        Verb(b"UID REPLACE", uid_replace, State.SELECTED, target=True, message_after=2),
    ),
)
