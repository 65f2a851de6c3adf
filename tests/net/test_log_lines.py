"""net/log_lines.py: the form of a line, and the setting that makes it tell more."""

import logging
import re
import subprocess
import sys
import time

import pytest

from tayori.net.log_lines import _Line

WRITES = """
import logging
from tayori.net import log_lines
log_lines.write()
log = logging.getLogger("tayori.test")
log.debug("event=small")
log.info("event=large from=%r", "a\\nb")
"""


def told(level: str) -> str:
    """What a program's log says on stderr."""
    ran = subprocess.run([sys.executable, "-c", WRITES], env={"TAYORI_LOG": level}, capture_output=True, check=True)
    return ran.stderr.decode()


def test_an_event_is_one_line_with_its_time_level_and_place() -> None:
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO tayori\.test event=large from='a\\nb'\n"
    assert re.fullmatch(line, told(""))


def test_debug_in_the_environment_tells_more() -> None:
    assert "DEBUG tayori.test event=small" in told("debug")


@pytest.mark.parametrize("created", [1.002, 1.999, 2.0])
def test_each_line_tells_its_own_moment(created: float) -> None:
    form = _Line("%(asctime)s")
    form.converter = time.gmtime
    record = logging.makeLogRecord({"created": created, "msecs": round(created % 1 * 1000)})
    form.format(logging.makeLogRecord({"created": 1.0, "msecs": 0.0}))
    assert form.format(record) == f"1970-01-01 00:00:0{int(created)},{round(created % 1 * 1000):03}"
