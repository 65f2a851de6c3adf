"""SAVEDATE: when a message came into this mailbox. RFC 8514."""

from collections.abc import Callable

from tayori.imap.fetch_items import attribute
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.imap.search_keys import Context, KeyReader
from tayori.model import All, Before, Column, DateField, On, SearchKey, Since


def _day(kind: Callable[[DateField, int], SearchKey]) -> KeyReader:
    def read(arguments: Arguments, _: Context) -> SearchKey:
        arguments.space()
        return kind(DateField.SAVED, arguments.date())

    return read


EXTENSION = Extension(
    rfc="8514",
    capability=b"SAVEDATE",
    fetch={b"SAVEDATE": attribute(b'SAVEDATE "%b"', Column.SAVE_DATE)},
    search={
        b"SAVEDBEFORE": _day(Before),
        b"SAVEDON": _day(On),
        b"SAVEDSINCE": _day(Since),
        b"SAVEDATESUPPORTED": lambda _, __: All(),  # every mailbox keeps it
    },
)
