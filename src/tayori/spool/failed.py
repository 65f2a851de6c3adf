"""spool/failed: what was promised and could not be delivered, kept for a person to look at. DESIGN section 5."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from tayori.model import Store
from tayori.spool import segment
from tayori.spool.recovery import Logged

log = logging.getLogger("tayori.spool")

TRIES = 5  # of one record, over all starts
PAUSE = 0.2  # seconds between two of them


class Tries:
    """How often something was begun; kept on the disk, so that it counts when the process ends in the middle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, what: str) -> int:
        """The count, this time included. Raises OSError."""
        path = self._path(what)
        try:
            count = int(path.read_text(encoding="ascii")) + 1
        except (FileNotFoundError, ValueError):
            count = 1
        path.write_text(str(count), encoding="ascii")
        return count

    def forget(self, what: str) -> None:
        """ "*" for everything."""
        for path in self._folder.glob(f"{what}.tries"):
            path.unlink(missing_ok=True)

    def _path(self, what: str) -> Path:
        return self._folder / f"{what}.tries"


def keep(spool: Path, logged: Logged, stores: Sequence[Store], why: str) -> None:
    """The message as failed/<id>.eml, and beside it as .error for whom it was and what went wrong. Raises OSError."""
    message = logged.message
    folder = spool / "failed"
    segment.make_folder(folder)
    target = folder / f"{message.id}.eml"
    if message.large:
        _move(spool / "large" / message.id, target)
    else:
        target.write_bytes(logged.content())
    to = "".join(f"to: {store.account} in {store.mailbox}\n" for store in stores)
    target.with_suffix(".error").write_text(f"{why}\nfrom: <{message.sender or ''}>\n{to}", encoding="utf-8")
    log.error("event=given-up id=%s kept=%s why=%r", message.id, target, why)


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except FileNotFoundError:  # moved before the server ended, or lost
        log.error("event=large-file-missing path=%s", source)
