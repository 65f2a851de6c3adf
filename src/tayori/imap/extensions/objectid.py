"""OBJECTID: mailboxes, messages and threads have names that stay with them. RFC 8474."""

import re
from collections.abc import Callable

from tayori.errors import ProtocolError
from tayori.imap.fetch_items import attribute
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.imap.search_keys import Context, KeyReader
from tayori.model import Column, HasEmailId, HasThreadId, SearchKey

# RFC 8474 section 7: objectid = 1*255(ALPHA / DIGIT / "_" / "-")
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")


def _named(kind: Callable[[str], SearchKey]) -> KeyReader:
    def read(arguments: Arguments, _: Context) -> SearchKey:
        arguments.space()
        id = arguments.atom()
        if not _OBJECT_ID.fullmatch(id):
            raise ProtocolError("That is no object identifier")
        return kind(id.decode("ascii"))

    return read


EXTENSION = Extension(
    rfc="8474",
    capability=b"OBJECTID",
    fetch={
        b"EMAILID": attribute(b"EMAILID (%b)", Column.EMAIL_ID),
        b"THREADID": attribute(b"THREADID (%b)", Column.THREAD_ID),
    },
    search={b"EMAILID": _named(HasEmailId), b"THREADID": _named(HasThreadId)},
    status={b"MAILBOXID": lambda status, _: b"MAILBOXID (%b)" % status.mailbox_id.encode("ascii")},
    selected=lambda view: b"* OK [MAILBOXID (%b)] Whatever it is called\r\n" % view.mailbox.id.encode("ascii"),
    created=lambda id: b"[MAILBOXID (%b)]" % id.encode("ascii"),
)
