"""What STORE asks for, from text to a change. RFC 3501 section 6.4.6; modifiers, RFC 4466 section 2.5."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import SequenceSet
from tayori.model import FlagChange

_ITEM = re.compile(rb"([+-]?FLAGS)(\.SILENT)?(?= )", re.IGNORECASE)


@dataclass(slots=True)
class Change:
    """What one STORE asks for."""

    chosen: SequenceSet
    change: FlagChange = FlagChange.REPLACE
    silent: bool = False
    flags: tuple[str, ...] = ()
    unchanged_since: int | None = None  # MODSEQ, RFC 7162 section 3.1.3


StoreModifier = Callable[[Arguments, Change], None]
"""Takes what stands behind a modifier's name."""

RESULT: dict[FlagChange, Callable[[int, int], int]] = {
    FlagChange.REPLACE: lambda _, bits: bits,
    FlagChange.ADD: lambda old, bits: old | bits,
    FlagChange.REMOVE: lambda old, bits: old & ~bits,
}
"""What becomes of a message's bits."""


def change(arguments: Arguments, modifiers: Mapping[bytes, StoreModifier]) -> Change:
    """b" 2:4 +FLAGS.SILENT (\\\\Deleted)". Raises ProtocolError."""
    arguments.space()
    wanted = Change(arguments.sequence_set())
    arguments.space()
    if modifiers and arguments.next_is(b"("):
        arguments.list_of(lambda: _modify(arguments, wanted, modifiers))
        arguments.space()
    item = _ITEM.match(arguments.text, arguments.at)
    if item is None:
        raise ProtocolError("FLAGS, +FLAGS or -FLAGS is expected")
    arguments.at = item.end()
    arguments.space()
    wanted.change = FlagChange(item[1].upper().decode("ascii"))
    wanted.silent = item[2] is not None
    wanted.flags = arguments.flag_list() if arguments.next_is(b"(") else _bare_flags(arguments)
    arguments.end()
    return wanted


def _modify(arguments: Arguments, wanted: Change, modifiers: Mapping[bytes, StoreModifier]) -> None:
    name = arguments.word()
    if name not in modifiers:
        raise ProtocolError("There is no such modifier")
    modifiers[name](arguments, wanted)


def _bare_flags(arguments: Arguments) -> tuple[str, ...]:
    flags = [arguments.flag()]
    while arguments.skip(b" "):
        flags.append(arguments.flag())
    return tuple(flags)
