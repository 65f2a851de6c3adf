"""tayori serve and dev: what they hand on."""

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


class Asked(SimpleNamespace):
    """Stands for app.serve and app.dev: keeps what it was called with."""

    def __call__(self, *arguments: object) -> int:
        self.arguments = arguments
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


def test_the_first_screen_tells_what_a_developer_wants() -> None:
    said = screen(WELCOME)
    for wanted in ("127.0.0.1:1025", "/data/tls/ca.pem", "smtp://127.0.0.1:1025", "imap://127.0.0.1:1143/INBOX"):
        assert wanted in said


def test_programs_get_one_line_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    show(WELCOME)
    assert capsys.readouterr().out == "ready smtp=127.0.0.1:1025 imap=127.0.0.1:1143\n"
