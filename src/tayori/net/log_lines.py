"""The log on stderr: one event, one line. What stands in a line is said where the event happens."""

import logging
import os
import sys
import time


def write(level: int = logging.INFO) -> None:
    """One event, one line, on stderr. TAYORI_LOG=debug tells more."""
    wanted = logging.getLevelNamesMapping().get(os.environ.get("TAYORI_LOG", "").upper(), level)
    logging.basicConfig(stream=sys.stderr, level=wanted, force=True)
    logging.getLogger().handlers[0].setFormatter(_Line("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging._srcfile = None  # documented: nobody looks for the line of code; with the next ones 30 -> 17 us a line
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


class _Line(logging.Formatter):
    """Writes each second's time once."""

    _second = -1
    _shown = ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging's name
        second = int(record.created)
        if second != self._second:
            self._second = second
            self._shown = time.strftime("%Y-%m-%d %H:%M:%S", self.converter(second))
        return f"{self._shown},{int(record.msecs):03}"
