"""SPECIAL-USE: LIST says which mailbox is for what, always. RFC 6154."""

from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension


def _special(_: Arguments, wanted: ListRequest) -> None:
    """LIST (SPECIAL-USE) "" *: only those that have one. RFC 6154 section 2."""
    wanted.selections[b"SPECIAL-USE"] = lambda info: bool(info.special_use)


def _told_already(_: Arguments, __: ListRequest) -> None:
    """LIST "" * RETURN (SPECIAL-USE)."""


EXTENSION = Extension(
    rfc="6154",
    capability=b"SPECIAL-USE",
    list_selections={b"SPECIAL-USE": _special},
    list_returns={b"SPECIAL-USE": _told_already},
)
