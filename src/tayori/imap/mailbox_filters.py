"""Filters: which mailboxes NOTIFY and ESEARCH mean. RFC 5465 section 6, RFC 7377 section 2.2."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tayori.errors import ProtocolError
from tayori.imap import mailbox_name
from tayori.imap.grammar import Arguments
from tayori.model import DELIMITER, INBOX, MailboxInfo


class Filter(NamedTuple):
    """Some of an account's mailboxes; `named` tells how many names were given for it."""

    holds: Callable[[MailboxInfo], bool]
    named: int = 1


def _names_given(arguments: Arguments) -> frozenset[str]:
    """A mailbox, or several in parentheses; "" stands above all. Raises ProtocolError: none is named."""
    arguments.space()

    def name() -> str:
        text = arguments.mailbox_text()
        return mailbox_name.checked(text) if text else ""

    names = arguments.list_of(name) if arguments.next_is(b"(") else [name()]
    if not names:
        raise ProtocolError("At least one mailbox is expected")
    return frozenset(names)


def _with_levels_above(name: str) -> Iterator[str]:
    """ "a/b" gives "a/b", "a" and ""."""
    while name:
        yield name
        name = name.rpartition(DELIMITER)[0]
    yield ""


def _named(arguments: Arguments) -> Filter:
    names = _names_given(arguments)
    return Filter(lambda info: info.name in names, len(names))


def _below(arguments: Arguments) -> Filter:
    names = _names_given(arguments)
    return Filter(lambda info: not names.isdisjoint(_with_levels_above(info.name)), len(names))


def _one_below(arguments: Arguments) -> Filter:
    names = _names_given(arguments)
    return Filter(lambda info: info.name in names or info.name.rpartition(DELIMITER)[0] in names, len(names))


FILTERS: Mapping[bytes, Callable[[Arguments], Filter]] = {
    b"INBOXES": lambda _: Filter(lambda info: info.name == INBOX),
    b"PERSONAL": lambda _: Filter(lambda info: True),
    b"SUBSCRIBED": lambda _: Filter(lambda info: info.subscribed),
    b"MAILBOXES": _named,
    b"SUBTREE": _below,
    b"SUBTREE-ONE": _one_below,  # of ESEARCH alone
}
