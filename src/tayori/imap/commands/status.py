"""STATUS. RFC 3501 section 6.3.10."""

from tayori.errors import ProtocolError
from tayori.imap import reply
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Verb
from tayori.imap.session import Session


async def status(session: Session, arguments: Arguments) -> None:
    """Raises NoSuchMailbox."""
    _, mailboxes = session.account_mail()
    arguments.space()
    name = arguments.mailbox()
    arguments.space()
    items = arguments.list_of(arguments.word)
    arguments.end()
    if not items or not all(item in session.offer.status for item in items):
        raise ProtocolError("There is no such status item")
    answers = await mailboxes.status(name)
    shown = reply.parenthesized(session.offer.status[item](answers) for item in items)
    session.write(b"* STATUS %b %b\r\n" % (reply.mailbox(name), shown))


VERBS = (Verb(b"STATUS", status, LOGGED_IN),)
