"""Files that a killed delivery left in tmp/ go after 36 hours. cr.yp.to/proto/maildir.html.

Law: the age is told by when the file's inode changed, for a message's own date is given to its file before it is
renamed; and one step looks at few files, whosever they are.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from tayori.store import paths

OLD = 36 * 3600 * 10**9  # ns
PAUSE = 3600 * 10**9  # ns from the beginning of one round to that of the next, at least
MOST = 200  # folders and files that one step looks at

_log = logging.getLogger("tayori.store")


class Leftovers:
    """One in a server; `step` is called again and again, and an account's turn comes about once an hour."""

    def __init__(self) -> None:
        self._ahead: Iterator[str] = iter(())  # tmp folders that this round has not been to
        self._due = 0  # ns

    def step(self, accounts: Sequence[Path], now: int) -> None:
        """Go on with the round, or begin one over these accounts' folders; `now` in ns."""
        looked = 0
        while looked < MOST:
            folder = next(self._ahead, None)
            if folder is not None:
                looked += 1 + self._look(folder, now, MOST - looked)
            elif now >= self._due and accounts:
                self._due = now + PAUSE
                self._ahead = chain.from_iterable(map(_folders, accounts))
            else:
                return

    def _look(self, folder: str, now: int, most: int) -> int:
        """At so many of its files; how many there were. It is come back to at once while there is more to remove."""
        try:
            seen, old = _seen(folder, now, most)
            for path in old:
                os.unlink(path)
        except FileNotFoundError:  # the mailbox goes, or someone else cleans up
            return 0
        except OSError as fault:
            _log.warning("event=not-cleared folder=%r cause=%r", folder, fault)
            return 0
        if old:
            _log.info("event=cleared folder=%r files=%d", folder, len(old))
            self._ahead = chain([folder], self._ahead)
        return seen


def _folders(account: Path) -> Iterator[str]:
    """Where files of the account's mailboxes begin."""
    root = paths.maildir(account)
    try:
        with os.scandir(root) as entries:
            folders = [entry.path for entry in entries if entry.name.startswith(".") and entry.is_dir()]
    except OSError:  # not made yet, or gone
        return
    yield from (f"{folder}/tmp" for folder in (root, *folders))


def _seen(folder: str, now: int, most: int) -> tuple[int, list[str]]:
    """How many files were looked at, and those of them that are old. Raises OSError."""
    with os.scandir(folder) as entries:
        found = [(entry.path, entry.stat(follow_symlinks=False)) for entry in islice(entries, most) if _is_file(entry)]
    return len(found), [path for path, state in found if now - state.st_ctime_ns >= OLD]


def _is_file(entry: "os.DirEntry[str]") -> bool:
    return entry.is_file(follow_symlinks=False)
