"""Messages too large for the log: each streams into a file of its own, spool/large/<id>, in CRLF form as it came.

Law: at no time is more of such a message in memory than a chunk. From its file the finished ones are made, one a
recipient, with that recipient's fields in front, to be linked into the Maildirs; they go when they are linked.
"""

import mmap
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tayori.message.digest import digest
from tayori.model import Digest
from tayori.spool import form, segment
from tayori.spool.form import Kept
from tayori.spool.notes import Message

LARGE = 2**18  # octets of a message from which on it has a file of its own
CHUNK = 2**18  # octets in memory at once

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
AFRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


@dataclass(slots=True)
class LineEnds:
    """Whether no CR and no LF stands alone, over chunks."""

    pairs: int = 0
    carriage_returns: int = 0
    line_feeds: int = 0
    _last: bytes = b""

    def take(self, chunk: bytes) -> None:
        self.pairs += chunk.count(b"\r\n") + (self._last == b"\r" and chunk.startswith(b"\n"))
        self.carriage_returns += chunk.count(b"\r")
        self.line_feeds += chunk.count(b"\n")
        self._last = chunk[-1:]

    @property
    def only_crlf(self) -> bool:
        return self.pairs == self.carriage_returns == self.line_feeds


class LargeFile:
    """A large message on its way in. Its methods are for one thread, which runs them in turn; they raise OSError."""

    def __init__(self, folder: Path, spool_id: str) -> None:
        self.path = folder / spool_id
        self.finished: list[str] = []
        self._descriptor = -1

    def write(self, chunk: bytes) -> None:
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, NEW, 0o600)
        _write(self._descriptor, chunk)

    def rest(self) -> None:
        """All of it has come: make it durable, and hold no descriptor of it."""
        if self._descriptor >= 0:
            os.fdatasync(self._descriptor)
            self._close()

    def finish(self, message: Message) -> Kept:
        """Make it durable, its name too, and the finished files beside it; what the catalog wants to know."""
        self.rest()
        segment.sync_folder(self.path.parent)
        kept, self.finished = finished(self.path, message)
        return kept

    def placed(self) -> None:
        """The log needs it until it is settled; the finished files have been linked to where they belong."""
        remove(self.finished)

    def discard(self) -> None:
        """Nothing is left of it."""
        self._close()
        remove([self.path, *self.finished])

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def finished(path: Path, message: Message, mark: str = "") -> tuple[Kept, list[str]]:
    """The finished files of each of the message's stores, and what the catalog wants to know. For a thread.

    `mark` keeps the names apart from those of a draft that is still clearing its own away. Raises OSError; then none
    of the files is left.
    """
    lf = _only_crlf(path)
    made = [f"{path}.{mark}{nth}" for nth in range(len(message.stores))]
    fronts = [form.fields_in_front(message.sender, store) for store in message.stores]
    try:
        for target, front in zip(made, fronts, strict=True):
            _write_finished(path, target, front, lf)
        return Kept(b"", lf, _digest_behind(made[0], fronts[0], lf)), made
    except OSError:
        remove(made)
        raise


def remove(paths: Sequence[str | Path]) -> None:
    """What stays does no harm: the next start clears the folder."""
    for path in paths:
        try:
            os.unlink(path)
        except OSError:
            pass


def chunks(path: Path | str) -> Iterator[bytes]:
    """Raises OSError."""
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _only_crlf(path: Path) -> bool:
    ends = LineEnds()
    for chunk in chunks(path):
        ends.take(chunk)
    return ends.only_crlf


def _write_finished(source: Path, target: str, front: bytes, lf: bool) -> None:
    descriptor = os.open(target, AFRESH, 0o600)
    try:
        for chunk in chain((front,), chunks(source)):
            _write(descriptor, chunk.replace(b"\r", b"") if lf else chunk)  # with lf no CR stands alone
    finally:
        os.close(descriptor)


def _write(descriptor: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]


def _digest_behind(path: str, front: bytes, lf: bool) -> Digest:
    """The digest without the fields in front, as form.arrival adds them for each recipient."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as raw:
        whole = digest(raw, lf)
    written = len(front.replace(b"\r\n", b"\n") if lf else front)
    return form.with_front(whole, -len(front), -written)
