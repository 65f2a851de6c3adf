"""tayori serve and dev: what they hand on."""

import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from aids.commands import Commands
from tayori import app
from tayori.app import Welcome
from tayori.cli import main
from tayori.cli.dev import screen, show

WELCOME = Welcome({"smtp": "127.0.0.1:1025", "imap": "127.0.0.1:1143"}, Path("/data/tls/ca.pem"), Path("/data"))


@pytest.fixture(autouse=True)
def _same_signals_afterwards() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Asked(SimpleNamespace):
    """Stands for app.serve and app.dev: keeps what it was called with, and which signals wait."""

    def __call__(self, *arguments: object) -> int:
        self.arguments = arguments
        self.held_back = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return 3


def test_serve_gets_the_file_and_what_was_set(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    monkeypatch.setattr(app, "serve", asked)
    assert commands.run("serve", "--set", "workers=1").exit_code == 3
    assert asked.arguments == (commands.file, {"workers": "1"})


def test_dev_gets_the_folder_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    monkeypatch.setattr(app, "dev", asked)
    result = CliRunner().invoke(main, ["dev", "--dir", str(tmp_path), "--", "pytest", "-q"])
    assert result.exit_code == 3
    assert asked.arguments == (tmp_path, ("pytest", "-q"), show)


def test_dev_needs_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    monkeypatch.setattr(app, "dev", asked)
    assert CliRunner().invoke(main, ["dev"]).exit_code == 3
    assert asked.arguments[:2] == (None, ())


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_who_starts_is_not_ended_in_the_middle_of_it(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    asked = Asked()
    monkeypatch.setattr(app, command, asked)
    commands.run(command)
    assert asked.held_back >= {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def test_the_first_screen_tells_what_a_developer_wants() -> None:
    said = screen(WELCOME)
    for wanted in ("127.0.0.1:1025", "/data/tls/ca.pem", "smtp://127.0.0.1:1025", "imap://127.0.0.1:1143/INBOX"):
        assert wanted in said


def test_programs_get_one_line_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    show(WELCOME)
    assert capsys.readouterr().out == "ready smtp=127.0.0.1:1025 imap=127.0.0.1:1143\n"
