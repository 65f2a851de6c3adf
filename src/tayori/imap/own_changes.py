"""What a command of the client's own has changed, as the command and its response tell. RFC 5465 section 5.

It is told so already, and need not be told once more as an event; where somebody else has changed the same besides,
that is told.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tayori.imap import mailbox_name
from tayori.imap.engine import Command
from tayori.imap.grammar import Arguments
from tayori.imap.notify_names import Own, with_levels_above
from tayori.imap.view import View
from tayori.model import DELIMITER, MailboxName, Standing

# RFC 4315 section 3: where the client's messages have come to lie, and under which UIDs.
_PLACED = re.compile(rb"\[(?:APPENDUID (\d+) |COPYUID (\d+) [\d:,]+ )(\d+)(?::(\d+))?\]")


class Placed(NamedTuple):
    """Messages that the client has put into a mailbox: UIDs in a row."""

    uid_validity: int
    first: int
    last: int

    def explains(self, known: Standing, now: Standing) -> bool:
        """Whether nothing else has come or gone in that mailbox."""
        messages = known.messages + self.last + 1 - self.first
        before = known.holding == (known.messages, self.first, self.uid_validity)
        return before and now.holding == (messages, self.last + 1, self.uid_validity)


Noted = tuple[MailboxName | None, str]
"""An entry of a mailbox, or of the server."""


class OwnChanges(NamedTuple):
    """All of one command."""

    names: Own = Own()
    placed: Placed | None = None
    noted: frozenset[Noted] = frozenset()

    def explain(self, name: MailboxName, known: Standing | None, now: Standing) -> bool:
        """Whether they are why the mailbox of that name does not stand as it was known to."""
        if known is None:
            return name in self.names.made
        return self.placed is not None and self.placed.explains(known, now)

    def has_placed(self, view: View, uid: int) -> bool:
        """Whether a message of the view is the client's own."""
        placed = self.placed
        return (
            placed is not None and placed.uid_validity == view.now.uid_validity and placed.first <= uid <= placed.last
        )


NOTHING = OwnChanges()


def own_changes(command: Command, response: bytes, placed: bytes, utf8: bool) -> OwnChanges:
    """Of a command that was answered so; `placed` is what was told untagged of where its messages lie."""
    if not response.startswith(b"%b OK" % command.tag):
        return NOTHING
    told = _PLACED.match(placed or response[len(command.tag) + len(b" OK ") :])
    if told is not None:
        first = int(told[3])
        return OwnChanges(placed=Placed(int(told[1] or told[2]), first, int(told[4] or first)))
    if command.name in _NAMES:
        return OwnChanges(_NAMES[command.name](Arguments(command.arguments, None, utf8)))
    if command.name == b"SETMETADATA":
        return OwnChanges(noted=_noted(Arguments(command.arguments, None, utf8)))
    return NOTHING


def _name(arguments: Arguments) -> str:
    """As the command has read it; what is made may end with a delimiter. RFC 3501 section 6.3.3."""
    arguments.space()
    return mailbox_name.checked(arguments.mailbox_text().removesuffix(DELIMITER))


def _created(arguments: Arguments) -> Own:
    return Own(made=frozenset(with_levels_above(_name(arguments))))


def _deleted(arguments: Arguments) -> Own:
    """Where others lie below it, its name stays. RFC 3501 section 6.3.4."""
    name = _name(arguments)
    return Own(made=frozenset((name,)), gone=frozenset((name,)))


def _renamed(arguments: Arguments) -> Own:
    _name(arguments)
    return _created(arguments)


def _noted(arguments: Arguments) -> frozenset[Noted]:
    arguments.space()
    text = arguments.mailbox_text()
    name = mailbox_name.checked(text) if text else None
    arguments.space()

    def entry() -> str:
        entry = arguments.astring().decode("ascii").lower()
        arguments.space()
        arguments.value()
        return entry

    return frozenset((name, each) for each in arguments.list_of(entry))


def _subscribed(arguments: Arguments) -> Own:
    return Own(subscribed=frozenset((_name(arguments),)))


_NAMES: Mapping[bytes, Callable[[Arguments], Own]] = {
    b"CREATE": _created,
    b"DELETE": _deleted,
    b"RENAME": _renamed,
    b"SUBSCRIBE": _subscribed,
    b"UNSUBSCRIBE": _subscribed,
}
