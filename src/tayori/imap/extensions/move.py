"""MOVE and UID MOVE. RFC 6851."""

from tayori.imap.commands.copy import chosen_and_target, copy_uid
from tayori.imap.grammar import Arguments
from tayori.imap.limits import newest
from tayori.imap.offer import Extension, State, Verb
from tayori.imap.progress import patiently
from tayori.imap.session import Session


async def move(session: Session, arguments: Arguments) -> None:
    """Raises NoSuchMailbox, Expunged: then nothing is moved."""
    await _moved(session, arguments, by_uid=False)


async def uid_move(session: Session, arguments: Arguments) -> None:
    await _moved(session, arguments, by_uid=True)


async def _moved(session: Session, arguments: Arguments, by_uid: bool) -> None:
    """COPYUID is told before the EXPUNGEs, which come as news does. RFC 6851 section 4.3."""
    spans, target = await chosen_and_target(session, arguments, by_uid)
    view = session.writable()
    ranges = view.ranges(newest(session, view, spans))
    said = copy_uid(await patiently(session, view.mailbox.move(ranges, target)), b"Moved")
    if said is not None:
        session.tell_placed(said)


EXTENSION = Extension(
    rfc="6851",
    capability=b"MOVE",
    verbs=(
        Verb(b"MOVE", move, State.SELECTED, numbers=True, target=True),
        Verb(b"UID MOVE", uid_move, State.SELECTED, target=True),
    ),
)
