"""PARTIAL: a page of a result, from its beginning or its end. RFC 9394."""

import re

from tayori.errors import ProtocolError
from tayori.imap.fetch_items import Request
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.imap.search_results import Page

# RFC 9394 section 3.4: partial-range = nz-number ":" nz-number, or both with "-"
_RANGE = re.compile(rb"(-?)([1-9]\d{0,9}):\1([1-9]\d{0,9})(?=[ )])")


def _page(arguments: Arguments) -> tuple[bytes, slice]:
    """As it is written, and what it takes of a list; 1:500 is the first 500, as is 500:1, and -1:-500 the last."""
    arguments.space()
    found = _RANGE.match(arguments.text, arguments.at)
    if found is None:
        raise ProtocolError("A page like 1:500 or -1:-500 is expected")
    arguments.at = found.end()
    first, last = sorted((int(found[2]), int(found[3])))
    return found[0], slice(-last, 1 - first or None) if found[1] else slice(first - 1, last)


def _fetch(arguments: Arguments, wanted: Request) -> None:
    """FETCH set items (PARTIAL -1:-100). RFC 9394 section 3.3."""
    wanted.page = _page(arguments)[1]


EXTENSION = Extension(
    rfc="9394",
    capability=b"PARTIAL",
    needs=(b"ESEARCH",),
    search_returns={b"PARTIAL": lambda arguments: Page(*_page(arguments))},
    fetch_modifiers={b"PARTIAL": _fetch},
)
