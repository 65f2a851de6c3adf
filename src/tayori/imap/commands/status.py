"""STATUS. RFC 3501 section 6.3.10."""

from collections.abc import Container

from tayori.errors import ProtocolError
from tayori.imap import reply
from tayori.imap.grammar import Arguments
from tayori.imap.modseq import CONDSTORE
from tayori.imap.offer import LOGGED_IN, Verb
from tayori.imap.session import Session
from tayori.model import MailboxName, Status

HIGHEST = b"HIGHESTMODSEQ"  # who asks for it knows of MODSEQs, RFC 7162 section 3.1


async def answer_status(session: Session, arguments: Arguments) -> None:
    """Raises NoSuchMailbox."""
    arguments.space()
    name = arguments.mailbox()
    arguments.space()
    items = asked_items(arguments, session.offer.status)
    arguments.end()
    _, mailboxes = session.account_mail()
    tell_status(session, name, await mailboxes.status(name), items)


def asked_items(arguments: Arguments, known: Container[bytes]) -> list[bytes]:
    """(MESSAGES UNSEEN): one at least, each of them known. Raises ProtocolError."""
    items = arguments.list_of(arguments.word)
    if not items or not all(item in known for item in items):
        raise ProtocolError("There is no such status item")
    return items


def tell_status(session: Session, name: MailboxName, status: Status, items: list[bytes]) -> None:
    if HIGHEST in items:
        session.enable(CONDSTORE)
    shown = reply.parenthesized(session.offer.status[item](status, session.settings) for item in items)
    session.write(b"* STATUS %b %b\r\n" % (session.spelt(name), shown))


VERBS = (Verb(b"STATUS", answer_status, LOGGED_IN),)
