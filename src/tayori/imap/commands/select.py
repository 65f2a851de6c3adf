"""SELECT and EXAMINE. RFC 3501 sections 6.3.1 and 6.3.2."""

from tayori.errors import ProtocolError
from tayori.imap import reply
from tayori.imap.grammar import Arguments
from tayori.imap.mailbox_name import checked
from tayori.imap.offer import LOGGED_IN, AfterSelect, Verb
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import MailboxName


async def select(session: Session, arguments: Arguments) -> bytes:
    """Raises NoSuchMailbox: then no mailbox is selected. RFC 3501 section 6.3.1."""
    name, old_name, afterwards = _chosen(session, arguments)
    _, mailboxes = session.account_mail()
    mailbox = await mailboxes.open(name)
    first_recent = None if session.is_rev2() else await mailbox.claim_recent()
    view = View(mailbox, name, await mailbox.latest(), read_only=False, first_recent=first_recent)
    await _show(session, view, old_name, afterwards)
    return b"[READ-WRITE] Selected"


async def examine(session: Session, arguments: Arguments) -> bytes:
    """Nothing changes by it, not what is \\Recent to others either. RFC 3501 section 6.3.2."""
    name, old_name, afterwards = _chosen(session, arguments)
    await _show(session, await glimpse(session, name), old_name, afterwards)
    return b"[READ-ONLY] Selected, for reading"


async def glimpse(session: Session, name: MailboxName) -> View:
    """A mailbox as it is now, for reading. Raises NoSuchMailbox."""
    _, mailboxes = session.account_mail()
    mailbox = await mailboxes.open(name)
    now, first_recent = await mailbox.latest(), None
    if not session.is_rev2():
        recent = (await mailboxes.status(name)).recent
        first_recent = now.uids[-recent] if 0 < recent <= len(now.uids) else now.uid_next
    return View(mailbox, name, now, read_only=True, first_recent=first_recent)


def _chosen(session: Session, arguments: Arguments) -> tuple[MailboxName, bytes, list[AfterSelect]]:
    """The name, what LIST tells of it besides, and what the parameters want done in the end. RFC 4466 section 2.1."""
    arguments.space()
    written = arguments.mailbox_text()
    afterwards: list[AfterSelect | None] = []
    if session.offer.select and arguments.skip(b" "):
        afterwards = arguments.list_of(lambda: _parameter(session, arguments))
    arguments.end()
    if session.view is not None:
        session.view = None
        session.write(b"* OK [CLOSED] What was selected before\r\n")  # RFC 7162 section 3.2.11
    name = checked(written)  # what is refused from here on leaves nothing selected
    return name, session.old_name(written, name), [one for one in afterwards if one is not None]


def _parameter(session: Session, arguments: Arguments) -> AfterSelect | None:
    name = arguments.word()
    if name not in session.offer.select:
        raise ProtocolError("There is no such parameter")
    return session.offer.select[name](session, arguments)


async def _show(session: Session, view: View, old_name: bytes, afterwards: list[AfterSelect]) -> None:
    """What RFC 3501 section 6.3.1 asks for, UNSEEN only where something is; or RFC 9051 section 6.3.2."""
    session.view = view
    said = [reply.flags(view), b"* %d EXISTS\r\n" % len(view.uids)]
    if session.is_rev2():
        said.append(b'* LIST () "/" %b%b\r\n' % (session.spelt(view.name), old_name))
    else:
        said.append(b"* %d RECENT\r\n" % view.recent)
        said.append(b"" if session.uid_only else reply.unseen(view))
    said.append(b"* OK [UIDVALIDITY %d] UIDs are valid\r\n" % view.now.uid_validity)
    said.append(b"* OK [UIDNEXT %d] The next UID\r\n" % view.now.uid_next)
    said += [tell(view) for tell in session.offer.selected]
    session.write(b"".join(said))
    for say_more in afterwards:
        await say_more(session, view)


VERBS = (Verb(b"SELECT", select, LOGGED_IN, news=False), Verb(b"EXAMINE", examine, LOGGED_IN, news=False))
