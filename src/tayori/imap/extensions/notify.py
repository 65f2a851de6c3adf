"""NOTIFY: the client says of what it wants to be told, in the selected mailbox and in others, and when. RFC 5465."""

from tayori.imap.grammar import Arguments
from tayori.imap.notify_groups import told, wanted
from tayori.imap.offer import LOGGED_IN, Extension, Verb, after_login
from tayori.imap.session import Session
from tayori.imap.watching import Watching


async def notify(session: Session, arguments: Arguments) -> None:
    """NOTIFY NONE, NOTIFY SET [STATUS] groups; what was refused changes nothing.

    Raises ProtocolError, BadEvent, NotificationOverflow, TryLater.
    """
    asked = wanted(arguments, session.offer.fetch, told(session.offer.names))
    watching = Watching(session, asked)
    try:
        await watching.begin()
    except BaseException:
        watching.end()
        raise
    for capability in asked.selected.fetch.enables if asked.selected.fetch is not None else ():
        session.enable(capability)
    session.watch(watching)


EXTENSION = Extension(
    rfc="5465",
    capability=b"NOTIFY",
    shown=after_login,
    verbs=(Verb(b"NOTIFY", notify, LOGGED_IN),),
)
