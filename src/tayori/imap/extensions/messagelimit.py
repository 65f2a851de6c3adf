"""MESSAGELIMIT: how many messages one command touches; UIDAFTER and UIDBEFORE ask for the rest. RFC 9738.

What is limited stands in limits.py. No limit is set unless the settings set one: the clients that know of this are few,
and any other takes a part for the whole.
"""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.imap.search_keys import Context
from tayori.imap.sequence import STAR
from tayori.model import SearchKey, Uids


def _after(arguments: Arguments, _: Context) -> SearchKey:
    arguments.space()
    first = arguments.nz_number() + 1
    return Uids([(first, STAR - 1)] if first < STAR else [])


def _before(arguments: Arguments, _: Context) -> SearchKey:
    arguments.space()
    last = arguments.nz_number() - 1
    return Uids([(1, last)] if last else [])


EXTENSION = Extension(
    rfc="9738",
    capability=b"MESSAGELIMIT",
    shown=lambda settings, logged_in: logged_in and settings.message_limit > 0,
    value=lambda settings: b"=%d" % settings.message_limit,
    search={b"UIDAFTER": _after, b"UIDBEFORE": _before},
)
