"""MODSEQ as CONDSTORE and QRESYNC share it. RFC 7162 section 3.1."""

from typing import TYPE_CHECKING

from tayori.imap.fetch_items import Attribute
from tayori.imap.view import View
from tayori.model import Column

if TYPE_CHECKING:
    from tayori.imap.session import Session

MODSEQ = Attribute(b"MODSEQ (%d)", Column.MODSEQ)

CONDSTORE = b"CONDSTORE"


def highest(view: View) -> bytes:
    """Of the version that the client has been told of."""
    return b"* OK [HIGHESTMODSEQ %d] The highest of all\r\n" % view.now.modseq


def tell_modseqs(session: "Session") -> None:
    """From now on each told change of flags has its MODSEQ. RFC 7162 section 3.1."""
    session.enabled |= {CONDSTORE}
    session.beside_flags = (MODSEQ,)
