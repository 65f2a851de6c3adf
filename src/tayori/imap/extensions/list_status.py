"""LIST-STATUS: LIST … RETURN (STATUS (…)) tells of each mailbox what STATUS would. RFC 5819."""

from tayori.errors import NoSuchMailbox
from tayori.imap.commands.status import tell_status
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension
from tayori.imap.session import Session
from tayori.model import MailboxName


def _status(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    items = arguments.list_of(arguments.word)

    async def tell(session: Session, name: MailboxName) -> None:
        try:
            await tell_status(session, name, items)
        except NoSuchMailbox:
            pass  # deleted since the listing was made

    wanted.sequels.append(tell)


EXTENSION = Extension(rfc="5819", capability=b"LIST-STATUS", list_returns={b"STATUS": _status})
