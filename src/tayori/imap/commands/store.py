"""STORE and UID STORE. RFC 3501 sections 6.4.6 and 6.4.8."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tayori.errors import Expunged, NotAllowed, ProtocolError
from tayori.imap.flags import RECENT
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import SequenceSet, Span, slices
from tayori.imap.session import TOLD_AT_ONCE, Session, State, Verb
from tayori.imap.view import Portion, View
from tayori.model import FlagChange, Snapshot

_ITEM = re.compile(rb"([+-]?FLAGS)(\.SILENT)?(?= )", re.IGNORECASE)

_RESULT: dict[FlagChange, Callable[[int, int], int]] = {
    FlagChange.REPLACE: lambda _, bits: bits,
    FlagChange.ADD: lambda old, bits: old | bits,
    FlagChange.REMOVE: lambda old, bits: old & ~bits,
}


@dataclass(slots=True)
class Change:
    """What one STORE asks for."""

    chosen: SequenceSet
    change: FlagChange
    silent: bool
    flags: tuple[str, ...]


async def store(session: Session, arguments: Arguments) -> None:
    """Raises Expunged: some were gone; the others are changed. RFC 2180 section 4.2."""
    if await _stored(session, arguments, by_uid=False):
        raise Expunged("Some of these messages are gone")


async def uid_store(session: Session, arguments: Arguments) -> None:
    await _stored(session, arguments, by_uid=True)


async def _stored(session: Session, arguments: Arguments, by_uid: bool) -> bool:
    """Whether some were gone."""
    wanted = _change(arguments)
    view = session.selected()
    if view.read_only:
        raise NotAllowed("The mailbox was selected for reading only")
    spans, before = view.spans(wanted.chosen, by_uid), view.now
    if not spans:
        return False
    await view.mailbox.store(view.ranges(spans), wanted.change, wanted.flags)
    own = frozenset(uid for first, stop in spans for uid in view.uids[first:stop])
    for news in await view.advance(expunges=False):
        others = news.changed.without(own)
        if wanted.silent:
            # What others have changed meanwhile is told all the same. RFC 3501 section 6.4.6
            others = news.changed.without(_as_expected(view, before, news.changed.among(own), wanted))
        await session.tell(view, news._replace(changed=others))
    if not wanted.silent:
        await _tell_all(session, view, spans)
    return not own.isdisjoint(view.gone)


def _change(arguments: Arguments) -> Change:
    """b" 2:4 +FLAGS.SILENT (\\\\Deleted)". Raises ProtocolError."""
    arguments.space()
    chosen = arguments.sequence_set()
    arguments.space()
    item = _ITEM.match(arguments.text, arguments.at)
    if item is None:
        raise ProtocolError("FLAGS, +FLAGS or -FLAGS is expected")
    arguments.at = item.end()
    arguments.space()
    flags = arguments.flag_list() if arguments.next_is(b"(") else _bare_flags(arguments)
    arguments.end()
    return Change(chosen, FlagChange(item[1].upper().decode("ascii")), item[2] is not None, flags)


def _bare_flags(arguments: Arguments) -> tuple[str, ...]:
    flags = [arguments.flag()]
    while arguments.skip(b" "):
        flags.append(arguments.flag())
    return tuple(flags)


def _as_expected(view: View, before: Snapshot, own: Portion, wanted: Change) -> frozenset[int]:
    """The UIDs whose flags are what this STORE alone would have made of those told before."""
    bit = {name.lower(): 1 << place for place, name in enumerate(view.texts.names)}
    bits = 0
    for flag in wanted.flags:
        bits |= bit.get(flag.lower().encode("ascii"), 0)
    result = _RESULT[wanted.change]
    return frozenset(
        uid
        for uid, now in zip(own.uids, own.flags, strict=True)
        if result(before.flags[bisect_left(before.uids, uid)], bits) == now & ~RECENT
    )


async def _tell_all(session: Session, view: View, spans: Sequence[Span]) -> None:
    """Each message's flags, changed or not: the client has asked for them. RFC 3501 section 6.4.6."""
    for portion in slices(spans, TOLD_AT_ONCE):
        await session.tell_flags(view, view.portion(portion))


VERBS = (
    Verb(b"STORE", store, State.SELECTED, expunges=False),
    Verb(b"UID STORE", uid_store, State.SELECTED),
)
