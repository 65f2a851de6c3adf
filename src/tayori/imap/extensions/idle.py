"""IDLE: news is told as it comes, until DONE. RFC 2177."""

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb
from tayori.imap.session import Session


async def idle(session: Session, arguments: Arguments) -> None:
    """A change of the account wakes the session. Raises ProtocolError: another word than DONE."""
    arguments.end()
    _, mailboxes = session.account_mail()
    unfollow = mailboxes.follow(session.peer.wake)
    try:
        session.write(b"+ idling\r\n")
        while (line := session.engine.line()) is None:
            await session.tell_all(expunges=True)
            await session.more()
    finally:
        unfollow()
    if line.upper() != b"DONE":
        raise ProtocolError("DONE is expected")


EXTENSION = Extension(rfc="2177", capability=b"IDLE", verbs=(Verb(b"IDLE", idle, LOGGED_IN),))
