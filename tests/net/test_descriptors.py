"""net/descriptors.py: connections leave some to mail, and the log says when they are few."""

import errno
import os

import pytest

from tayori.net.descriptors import Descriptors


@pytest.mark.parametrize(("limit", "last"), [(200, 174), (1024, 895), (1_000_000, 999_487)])
def test_connections_leave_an_eighth_or_512(limit: int, last: int) -> None:
    files = Descriptors(limit)
    assert (files.has_room(last, 1.0), files.has_room(last + 1, 1.0)) == (True, False)


def test_the_log_is_told_once_a_second_what_to_raise(caplog: pytest.LogCaptureFixture) -> None:
    files = Descriptors(200)
    for now in (5.0, 5.5, 5.9, 6.0):
        files.has_room(199, now)
    assert len(caplog.records) == 2
    assert "limit=200" in caplog.text
    assert "LimitNOFILE=" in caplog.text


def fail(number: int) -> int:
    raise OSError(errno.EMFILE, "Too many open files")


def test_a_process_without_any_left_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    files = Descriptors(200)
    files.look(1.0)
    assert caplog.text == ""
    monkeypatch.setattr(os, "dup", fail)
    files.look(1.0)
    assert "reason=too-many-open-files" in caplog.text
