"""`tayori config show`."""

import json
from pathlib import Path

import pytest

from tayori.config import load, shown

TEXT = """\
hostname = "mail.example.org"
workers = 2
data = "/data"
[listen]
imap = ["127.0.0.1:143", "[::1]:143"]
[limits]
idle = "90s"
[relay]
via = "smtp+starttls://me%40home@smtp.example.net"
password = "hush"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "tayori.toml").write_text(TEXT)
    return tmp_path / "tayori.toml"


def test_what_is_shown_can_be_loaded_and_says_the_same(file: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.toml"
    again.write_text(shown.as_toml(load(file, {}, {})))
    assert shown.as_toml(load(again, {}, {})) == shown.as_toml(load(file, {}, {}))


def test_secrets_are_hidden(file: Path) -> None:
    text = shown.as_toml(load(file, {}, {}))
    assert "hush" not in text
    assert 'password = "(hidden)"' in text


def test_json_has_the_sections_as_objects(file: Path) -> None:
    found = json.loads(shown.as_json(load(file, {}, {})))
    assert found["hostname"] == "mail.example.org"
    assert found["listen"] == {"imap": ["127.0.0.1:143", "[::1]:143"]}
    assert found["limits"]["idle"] == "90s"
    assert found["relay"]["via"] == "smtp+starttls://me%40home@smtp.example.net:587"


def test_what_is_not_set_is_left_out() -> None:
    found = json.loads(shown.as_json(load(None, {}, {})))
    assert found.keys() & {"user", "domains", "listen", "tls", "relay"} == set()


@pytest.mark.parametrize(
    ("seconds", "text"), [(86400.0, "1d"), (5400.0, "90m"), (90.0, "90s"), (0.25, "250ms"), (7200.0, "2h")]
)
def test_a_duration_is_shown_in_the_largest_unit_that_fits(seconds: float, text: str) -> None:
    assert shown.duration(seconds) == text
