"""LIST-STATUS: LIST … RETURN (STATUS (…)) tells of each mailbox what STATUS would. RFC 5819."""

from collections.abc import Sequence
from functools import partial

from tayori.imap.commands.status import asked_items, tell_status
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest, Teller
from tayori.imap.offer import Extension
from tayori.imap.session import Session
from tayori.model import MailboxName


def _status(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    wanted.sequels.append(partial(_statuses, items=asked_items(arguments, wanted.known_status)))


async def _statuses(session: Session, names: Sequence[MailboxName], items: list[bytes]) -> Teller:
    _, mailboxes = session.account_mail()
    known = await mailboxes.statuses(names)

    async def tell(name: MailboxName) -> None:
        if name in known:
            tell_status(session, name, known[name], items)

    return tell


EXTENSION = Extension(rfc="5819", capability=b"LIST-STATUS", list_returns={b"STATUS": _status})
