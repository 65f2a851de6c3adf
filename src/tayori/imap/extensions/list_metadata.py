"""LIST-METADATA: LIST … RETURN (METADATA (…)) tells of each mailbox what is noted of it. RFC 9590."""

from collections.abc import Sequence
from functools import partial

from tayori.imap.annotations import Entry, entries, tell_annotations
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest, Teller
from tayori.imap.offer import Extension
from tayori.imap.session import Session
from tayori.model import MailboxName


def _metadata(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    wanted.sequels.append(partial(_annotations, asked=entries(arguments)))


async def _annotations(session: Session, names: Sequence[MailboxName], asked: Sequence[Entry]) -> Teller:
    return lambda name: tell_annotations(session, name, asked)


EXTENSION = Extension(
    rfc="9590",
    capability=b"LIST-METADATA",
    needs=(b"METADATA", b"LIST-EXTENDED"),
    list_returns={b"METADATA": _metadata},
)
