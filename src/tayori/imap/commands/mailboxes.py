"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE. RFC 3501 sections 6.3.3 to 6.3.7."""

from tayori.errors import CannotDo, MailboxGone, ProtocolError
from tayori.imap import mailbox_name
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Verb
from tayori.imap.session import Session
from tayori.model import DELIMITER, MailboxName


async def create(session: Session, arguments: Arguments) -> bytes:
    """Raises MailboxExists, CannotDo."""
    _, mailboxes = session.account_mail()
    arguments.space()
    written = arguments.again().mailbox_text()
    name = new_name(arguments)
    uses: list[str] = []
    if session.offer.create and arguments.skip(b" "):
        uses = arguments.list_of(lambda: _parameter(session, arguments))
    arguments.end()
    id = await mailboxes.create(name, *uses[:1])
    if old_name := session.old_name(written, name):
        session.write(b'* LIST () "/" %b%b\r\n' % (session.spelt(name), old_name))
    codes = [one.created(id) for one in session.offer.extensions if one.created is not None]
    return b" ".join([*codes, b"CREATE completed"])


def _parameter(session: Session, arguments: Arguments) -> str:
    name = arguments.word()
    if name not in session.offer.create:
        raise ProtocolError("There is no such parameter")
    return session.offer.create[name](arguments)


async def delete(session: Session, arguments: Arguments) -> None:
    """Raises NoSuchMailbox, CannotDo, HasChildren."""
    _, mailboxes = session.account_mail()
    await mailboxes.delete(_name(arguments))
    await _deselect_what_is_gone(session)


async def rename(session: Session, arguments: Arguments) -> None:
    """Raises NoSuchMailbox, MailboxExists, CannotDo."""
    _, mailboxes = session.account_mail()
    arguments.space()
    old = arguments.mailbox()
    arguments.space()
    new = new_name(arguments)
    arguments.end()
    await mailboxes.rename(old, new)


async def subscribe(session: Session, arguments: Arguments) -> None:
    """A name may be subscribed to that no mailbox has. RFC 3501 section 6.3.6."""
    _, mailboxes = session.account_mail()
    await mailboxes.subscribe(_name(arguments))


async def unsubscribe(session: Session, arguments: Arguments) -> None:
    _, mailboxes = session.account_mail()
    await mailboxes.unsubscribe(_name(arguments))


def new_name(arguments: Arguments) -> MailboxName:
    """A name to be made; a delimiter at its end only says that others will follow. RFC 3501 section 6.3.3."""
    name = arguments.mailbox_text()
    if "*" in name or "%" in name:
        raise CannotDo("LIST could not tell that name from a pattern")
    return mailbox_name.checked(name.removesuffix(DELIMITER))


def _name(arguments: Arguments) -> MailboxName:
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    return name


async def _deselect_what_is_gone(session: Session) -> None:
    """Who deletes the mailbox it has selected goes on without one; others hear BYE."""
    try:
        await session.tell_news(expunges=True)
        if session.view is not None:
            await session.view.mailbox.latest()  # who watches without news of it has not looked yet
    except MailboxGone:
        session.view = None
        session.write(b"* OK [CLOSED] The selected mailbox was deleted\r\n")


VERBS = (
    Verb(b"CREATE", create, LOGGED_IN),
    Verb(b"DELETE", delete, LOGGED_IN),
    Verb(b"RENAME", rename, LOGGED_IN),
    Verb(b"SUBSCRIBE", subscribe, LOGGED_IN),
    Verb(b"UNSUBSCRIBE", unsubscribe, LOGGED_IN),
)
