"""IMAP4rev2 beside IMAP4rev1: once enabled, names are UTF-8, RECENT is gone, SEARCH answers ESEARCH. RFC 9051.

What it includes stands in files of its own: BINARY, ENABLE, ESEARCH, IDLE, LIST-EXTENDED, MOVE and so on.
"""

from tayori.imap.offer import Extension
from tayori.imap.session import Session


def _enable(session: Session) -> None:
    session.utf8 = True


# RFC 9051 appendix E; LITERAL- is what LITERAL+ is more than
INCLUDED = (
    *(b"BINARY", b"ENABLE", b"ESEARCH", b"IDLE", b"LIST-EXTENDED", b"LIST-STATUS", b"MOVE", b"NAMESPACE", b"SASL-IR"),
    *(b"SEARCHRES", b"SPECIAL-USE", b"STATUS=SIZE", b"UIDPLUS", b"UNSELECT"),
)

EXTENSION = Extension(
    rfc="9051",
    capability=b"IMAP4rev2",
    needs=INCLUDED,
    enable=_enable,
    status={b"DELETED": lambda status, _: b"DELETED %d" % status.deleted},
)
