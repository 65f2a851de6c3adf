"""WITHIN: SEARCH for messages older or younger than so many seconds. RFC 5032."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.imap.search_keys import Context
from tayori.model import Not, SearchKey, Younger


def _younger(arguments: Arguments, context: Context) -> SearchKey:
    context.steady = False
    arguments.space()
    return Younger(arguments.nz_number())


def _older(arguments: Arguments, context: Context) -> SearchKey:
    return Not(_younger(arguments, context))


EXTENSION = Extension(rfc="5032", capability=b"WITHIN", search={b"YOUNGER": _younger, b"OLDER": _older})
