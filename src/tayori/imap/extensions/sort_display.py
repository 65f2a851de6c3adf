"""SORT=DISPLAY: sorting by what a reader sees of the first address. RFC 5957."""

from tayori.imap.offer import Extension, after_login
from tayori.model import Column

EXTENSION = Extension(
    rfc="5957",
    capability=b"SORT=DISPLAY",
    shown=after_login,
    needs=(b"SORT",),
    sort={b"DISPLAYFROM": Column.DISPLAY_FROM, b"DISPLAYTO": Column.DISPLAY_TO},
)
