"""LIST-METADATA: LIST … RETURN (METADATA (…)) tells of each mailbox what is noted of it. RFC 9590."""

from tayori.errors import NoSuchMailbox
from tayori.imap.annotations import entries, tell_annotations
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension
from tayori.imap.session import Session
from tayori.model import MailboxName


def _metadata(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    asked = entries(arguments)

    async def tell(session: Session, name: MailboxName) -> None:
        try:
            await tell_annotations(session, name, asked)
        except NoSuchMailbox:
            pass  # deleted since the listing was made

    wanted.sequels.append(tell)


EXTENSION = Extension(
    rfc="9590",
    capability=b"LIST-METADATA",
    needs=(b"METADATA", b"LIST-EXTENDED"),
    list_returns={b"METADATA": _metadata},
)
