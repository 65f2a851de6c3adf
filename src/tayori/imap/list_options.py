"""What LIST may be asked for besides names. RFC 5258; extensions bring more options.

An option reads what stands behind its name and adds to the request.
"""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.mailbox_name import Pattern
from tayori.model import INBOX, MailboxInfo, MailboxName

if TYPE_CHECKING:
    from tayori.imap.session import Session

MAX_PATTERNS = 100  # of one LIST


class Matcher:
    """A pattern; INBOX, and what is below it, is met in any case. RFC 3501 section 5.1."""

    __slots__ = ("_inbox", "_pattern")

    def __init__(self, pattern: str) -> None:
        self._pattern = Pattern(pattern)
        self._inbox = Pattern(pattern[: len(INBOX)].upper() + pattern[len(INBOX) :])

    def matches(self, name: str) -> bool:
        return self._pattern.matches(name) or (name.startswith(INBOX) and self._inbox.matches(name))


Selection = Callable[[MailboxInfo], bool]
Attribute = Callable[[MailboxInfo], bytes]
"""b"\\\\Subscribed", or b"" where it does not hold."""

Teller = Callable[[MailboxName], Awaitable[object]]
"""Says something of a mailbox behind its LIST response. Raises NoSuchMailbox: it is gone meanwhile."""

Sequel = Callable[["Session", Sequence[MailboxName]], Awaitable[Teller]]
"""Looks at some mailboxes together, and gives what tells of each."""


@dataclass(slots=True)
class ListRequest:
    """Which mailboxes, and what of them."""

    patterns: list[Matcher] = field(default_factory=list)
    selections: dict[bytes, Selection] = field(default_factory=dict)
    recursive: bool = False  # a mailbox above one that was selected is told as well
    subscriptions: bool = False  # also to what is not there
    attributes: list[Attribute] = field(default_factory=list)
    sequels: list[Sequel] = field(default_factory=list)
    known_status: Container[bytes] = ()  # what STATUS can tell

    def matches(self, name: str) -> bool:
        return any(pattern.matches(name) for pattern in self.patterns)

    def selects(self, info: MailboxInfo) -> bool:
        return all(selection(info) for selection in self.selections.values())


ListOption = Callable[[Arguments, ListRequest], None]

RETURNS: Mapping[bytes, ListOption] = {}


def options(arguments: Arguments, wanted: ListRequest, known: Mapping[bytes, ListOption]) -> set[bytes]:
    """A parenthesized list of options; their names. Raises ProtocolError."""
    names: set[bytes] = set()

    def option() -> None:
        name = arguments.word()
        if name not in known:
            raise ProtocolError("There is no such list option")
        names.add(name)
        known[name](arguments, wanted)

    arguments.list_of(option)
    return names
