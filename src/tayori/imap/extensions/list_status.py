"""LIST-STATUS: LIST … RETURN (STATUS (…)) tells of each mailbox what STATUS would. RFC 5819."""

from tayori.imap.commands.status import asked_items, tell_status
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension


def _status(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    items = asked_items(arguments, wanted.known_status)
    wanted.sequels.append(lambda session, name: tell_status(session, name, items))


EXTENSION = Extension(rfc="5819", capability=b"LIST-STATUS", list_returns={b"STATUS": _status})
