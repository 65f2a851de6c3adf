"""What a field says in each message of a mailbox, in memory for those who search it again. RFC 3501 section 6.4.4.

Law: the values are those of the extract; of a message that is not extracted nothing is kept.
"""

import asyncio
import re
from array import array
from bisect import bisect_right
from collections.abc import Hashable, Iterable

from tayori.message import text
from tayori.model import HeaderHas
from tayori.store import extract
from tayori.store.shelf import Shelf
from tayori.store.sought import Sought
from tayori.store.texts import CHUNK, Coverage, Run, Texts

KEPT = 32 * 2**20  # octets of all mailboxes and fields in this process
MOST = 20_000  # messages of a mailbox: in a larger one most searches are for few, which its extract's index finds
VALUE = 48  # octets that a value costs besides its own
IN_MEMORY = 5_000  # values that are looked through before others may go on


class Heading:
    """The values of one field, and whose they are; a message may have several, or none."""

    __slots__ = ("_values", "known", "octets", "uids")

    def __init__(self) -> None:
        self.known: set[int] = set()  # UIDs of all that were looked at
        self.uids = array("I")
        self._values: list[str] = []  # octets as Latin-1: Python finds text in text three times as fast
        self.octets = 0

    def add(self, uid: int, value: bytes) -> None:
        self.uids.append(uid)
        self._values.append(value.decode("latin-1"))
        self.octets += len(value) + VALUE

    async def holding(self, wanted: bytes) -> set[int]:
        """The UIDs of the messages in which a value has those octets."""
        found: set[int] = set()
        text_ = wanted.decode("latin-1")
        for start in range(0, len(self.uids), IN_MEMORY):
            part = slice(start, start + IN_MEMORY)
            found.update(
                [uid for uid, value in zip(self.uids[part], self._values[part], strict=True) if text_ in value]
            )
            if len(self.uids) > IN_MEMORY:
                await asyncio.sleep(0)
        return found


_shelf: Shelf[Heading] = Shelf(KEPT)


async def heading(
    place: tuple[Hashable, ...], texts: Texts, coverage: Coverage, name: bytes, uids: set[int]
) -> Heading:
    """The field of that name in lower case, of `uids` at least, which are extracted. Raises OSError."""
    key = *place, name
    kept = _shelf.get(key)
    if kept is None or len(kept.known) > 2 * len(coverage.ordinals):  # most of those are gone
        kept = Heading()
    lacking = uids.difference(kept.known)
    if lacking:
        await _read(kept, texts, coverage, name, lacking)
        _shelf.keep(key, kept, kept.octets + 64 * len(kept.known))
    return kept


class InHeading:
    """A text that SEARCH looks for in a field, among the values that are kept of it."""

    def __init__(self, key: HeaderHas, place: tuple[Hashable, ...]) -> None:
        self._name = extract.field_name(key.name)
        self._wanted = extract.octets(text.fold(key.text))
        self._place = place
        self.in_message = Sought(key).in_message

    async def among(self, opened: Texts, coverage: Coverage, uids: set[int]) -> set[int]:
        """Those that have it, of `uids` that are extracted. Raises OSError."""
        if not self._name:
            return set()
        kept = await heading(self._place, opened, coverage, self._name, uids)
        return uids & await kept.holding(self._wanted)


async def _read(kept: Heading, texts: Texts, coverage: Coverage, name: bytes, lacking: set[int]) -> None:
    line = re.compile(rb"\n%b: ([^\n]*)" % re.escape(name))
    starts, ends = texts.header.starts, texts.header.ends
    for number, first, last in _pieces(await coverage.runs(texts, texts.header, lacking), texts):
        chunk = texts.segments[number].read((starts[first], ends[last]))
        held: list[tuple[int, bytes]] = []
        at = first
        for match in line.finditer(chunk):
            at = bisect_right(starts, starts[first] + match.start(), at, last + 1) - 1
            if starts[first] + match.end() <= ends[at]:  # and not between two texts
                held.append((at, match[1]))
        _take(kept, coverage, held, lacking.intersection(coverage.uids(range(first, last + 1))))
        await asyncio.sleep(0)


def _pieces(runs: Iterable[Run], texts: Texts) -> Iterable[Run]:
    """The same texts in portions of about CHUNK octets."""
    starts, ends = texts.header.starts, texts.header.ends
    for number, first, last in runs:
        while first <= last:
            final = max(first, bisect_right(ends, starts[first] + CHUNK, first, last + 1) - 1)
            yield number, first, final
            first = final + 1


def _take(kept: Heading, coverage: Coverage, held: Iterable[tuple[int, bytes]], lacking: set[int]) -> None:
    """Values by ordinal, for those that lack; at once, so that two who read the same take each in once."""
    new = lacking.difference(kept.known)
    for ordinal, value in held:
        for uid in new.intersection(coverage.uids((ordinal,))):
            kept.add(uid, value)
    kept.known |= new
