"""What a log holds after a life of its worker: its segments in the order of their use, read up to the first misfit."""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tayori.model import Store
from tayori.spool import notes, record
from tayori.spool.notes import Message, Place
from tayori.spool.record import Kind


@dataclass(slots=True)
class Logged:
    """A message whose carrying out may not be settled."""

    sequence: int
    message: Message
    path: Path  # of the segment
    start: int  # of the content in it
    end: int
    places: dict[int, Place] = field(default_factory=dict)  # by `nth`
    missed: set[int] = field(default_factory=set)  # `nth` of stores that are not to be carried out

    @property
    def wanted(self) -> list[Store]:
        """Where it is to lie; not what some recipient was refused."""
        return [store for nth, store in enumerate(self.message.stores) if nth not in self.missed]

    def content(self) -> bytes:
        """Empty for a large one. Raises OSError."""
        with self.path.open("rb") as file:
            return os.pread(file.fileno(), self.end - self.start, self.start)


@dataclass(slots=True)
class Recovered:
    """A log as it was found."""

    segments: list[Path]
    generation: int = 0  # the highest; 0: no segment at all
    last: int = 0  # no sequence above it was given
    logged: int = 0  # no record above it is left
    messages: list[Logged] = field(default_factory=list)  # whole, neither settled nor withdrawn, ascending


def read(folder: Path) -> Recovered:
    """Raises OSError: a file of the log cannot be read; OtherVersion."""
    found = Recovered(sorted(folder.glob("*.log")))
    openings = [(begun.generation, path, begun.first) for path in found.segments if (begun := _opening(path))]
    found.generation = max((generation for generation, _, _ in openings), default=0)
    found.last = max((first - 1 for _, _, first in openings), default=0)
    reading = _Reading()
    for _, path, _ in sorted(openings):
        reading.segment(path)
    found.last = max(found.last, reading.last)
    found.logged = reading.last or min((first - 1 for _, _, first in openings), default=0)
    found.messages = reading.open_messages()
    return found


class _Reading:
    """What the records read so far come to."""

    def __init__(self) -> None:
        self.last = 0
        self._settled = 0
        self._messages: dict[int, Logged] = {}

    def segment(self, path: Path) -> None:
        with mapped(path) as raw:
            for each in record.records(raw):
                self.last = max(self.last, each.sequence)
                self._take(each, path)

    def open_messages(self) -> list[Logged]:
        messages = [logged for sequence, logged in sorted(self._messages.items()) if sequence > self._settled]
        return _whole(messages)

    def _take(self, found: record.Record, path: Path) -> None:
        match found.kind:
            case Kind.MESSAGE:
                message = notes.decode_message(found.head)
                self._messages[found.sequence] = Logged(found.sequence, message, path, found.start, found.end)
            case Kind.PLACED:
                self._place(notes.decode_placed(found.head))
            case Kind.WITHDRAWN:
                for sequence in notes.decode_withdrawn(found.head).sequences:
                    self._messages.pop(sequence, None)
            case Kind.SETTLED:
                self._settled = max(self._settled, notes.decode_settled(found.head).sequence)

    def _place(self, placed: notes.Placed) -> None:
        for place in placed.places:
            if place.sequence in self._messages:
                self._messages[place.sequence].places[place.nth] = place
        for missed in placed.missed:
            if missed.sequence in self._messages:
                self._messages[missed.sequence].missed.add(missed.nth)


def _whole(messages: list[Logged]) -> list[Logged]:
    """Without those to which others belong that the log has lost: nobody was promised them."""
    whole: list[Logged] = []
    group: list[Logged] = []
    for logged in messages:
        if not group or not _continues(group[-1], logged):
            group = []
        if logged.message.nth == len(group):
            group.append(logged)
        if len(group) == logged.message.of:
            whole += group
            group = []
    return whole


def _continues(last: Logged, logged: Logged) -> bool:
    follows = logged.sequence == last.sequence + 1 and logged.message.nth == last.message.nth + 1
    return follows and logged.message.of == last.message.of


def _opening(path: Path) -> record.Opening | None:
    with path.open("rb") as file:
        return record.read_opening(file.read(record.SEGMENT_HEADER))


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """The file's octets, unread until looked at; of an empty file too many to map, so it must have some."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as raw:
        yield raw
