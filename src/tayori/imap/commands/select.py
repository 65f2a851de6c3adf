"""SELECT and EXAMINE. RFC 3501 sections 6.3.1 and 6.3.2."""

from tayori.imap import reply
from tayori.imap.grammar import Arguments
from tayori.imap.session import LOGGED_IN, Session, Verb
from tayori.imap.view import View
from tayori.model import MailboxName


async def select(session: Session, arguments: Arguments) -> bytes:
    """Raises NoSuchMailbox: then no mailbox is selected. RFC 3501 section 6.3.1."""
    name = _name(session, arguments)
    _, mailboxes = session.account_mail()
    mailbox = await mailboxes.open(name)
    first_recent = await mailbox.claim_recent()
    view = View(mailbox, name, await mailbox.latest(), read_only=False, first_recent=first_recent)
    _show(session, view)
    return b"[READ-WRITE] Selected"


async def examine(session: Session, arguments: Arguments) -> bytes:
    """Nothing changes by it, not what is \\Recent to others either. RFC 3501 section 6.3.2."""
    name = _name(session, arguments)
    _, mailboxes = session.account_mail()
    mailbox = await mailboxes.open(name)
    now, recent = await mailbox.latest(), (await mailboxes.status(name)).recent
    first_recent = now.uids[-recent] if 0 < recent <= len(now.uids) else now.uid_next
    _show(session, View(mailbox, name, now, read_only=True, first_recent=first_recent))
    return b"[READ-ONLY] Selected, for reading"


def _name(session: Session, arguments: Arguments) -> MailboxName:
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    session.view = None
    return name


def _show(session: Session, view: View) -> None:
    """What RFC 3501 section 6.3.1 asks for, UNSEEN only where something is."""
    session.view = view
    session.write(reply.flags(view))
    session.write(b"* %d EXISTS\r\n* %d RECENT\r\n" % (len(view.uids), view.recent))
    unseen = view.first_unseen()
    if unseen is not None:
        session.write(b"* OK [UNSEEN %d] The first unseen message\r\n" % (unseen + 1))
    session.write(b"* OK [UIDVALIDITY %d] UIDs are valid\r\n" % view.now.uid_validity)
    session.write(b"* OK [UIDNEXT %d] The next UID\r\n" % view.now.uid_next)


VERBS = (Verb(b"SELECT", select, LOGGED_IN), Verb(b"EXAMINE", examine, LOGGED_IN))
