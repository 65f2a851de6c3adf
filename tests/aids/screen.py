"""A program on a terminal of its own: keys go in, and what it shows comes out as text."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from aids.server import PATIENCE

ROWS, COLUMNS = 40, 160

# ECMA-48: CSI and OSC sequences, and short escapes.
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_WHERE = b"\x1b[6n"  # asks where the cursor stands


class Screen:
    """Use as a context; at its end the program is ended. What was waited for is not seen again."""

    def __init__(self, arguments: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._program = subprocess.Popen(
            arguments,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", **environment},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)
        self._shown = b""

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._program.kill()
        self._program.wait(PATIENCE)
        os.close(self._master)

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait(self, *words: str) -> None:
        """Until it shows them all, which it must; a word each, as only the cells that change are written."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text() for word in words):
            left = end - time.monotonic()
            assert select.select([self._master], [], [], max(left, 0))[0], self.text()
            some = os.read(self._master, 65536)
            self._shown += some
            if _WHERE in some:
                self.type("\x1b[1;1R")
        self._shown = b""

    def text(self) -> str:
        return _ESCAPE.sub(b"", self._shown).decode("utf-8", "replace")


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
