"""LIST-METADATA: LIST … RETURN (METADATA (…)) tells of each mailbox what is noted of it. RFC 9590."""

from tayori.imap.annotations import entries, tell_annotations
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension


def _metadata(arguments: Arguments, wanted: ListRequest) -> None:
    arguments.space()
    asked = entries(arguments)
    wanted.sequels.append(lambda session, name: tell_annotations(session, name, asked))


EXTENSION = Extension(
    rfc="9590",
    capability=b"LIST-METADATA",
    needs=(b"METADATA", b"LIST-EXTENDED"),
    list_returns={b"METADATA": _metadata},
)
