"""tayori config"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aids.commands import SETTINGS, Commands
from tayori.cli import main


def test_good_settings_are_called_good(commands: Commands) -> None:
    assert commands.done("config", "check") == f"{commands.file}: all is well\n"


def test_every_problem_is_told_a_line_each(tmp_path: Path) -> None:
    commands = Commands(tmp_path, "hostnam = 1\nworkers = -1\n")
    result = commands.run("config", "check")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f'{commands.file}:1:1: unknown key "hostnam"; did you mean "hostname"?',
        f'{commands.file}:2:1: "workers": -1 is no whole number; write one such as 50, without quotes',
    ]


@pytest.mark.parametrize("command", [("config", "show"), ("account", "list"), ("serve",)])
def test_other_commands_tell_the_first_problem_and_stop(tmp_path: Path, command: tuple[str, ...]) -> None:
    commands = Commands(tmp_path, "hostnam = 1\nworkers = -1\n")
    assert commands.refused(*command).startswith(f"tayori: {commands.file}:1:1: unknown key")
    assert not commands.data.exists()


def test_settings_are_shown_with_the_defaults(commands: Commands) -> None:
    said = commands.done("config", "show")
    assert 'hostname = "mail.example.org"' in said
    assert "recipients = 1000" in said


def test_settings_are_shown_in_json(commands: Commands) -> None:
    assert json.loads(commands.done("config", "show", "--json"))["domains"] == ["example.org"]


def test_a_secret_that_is_missing_stops_only_who_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = Commands(tmp_path, f'{SETTINGS}[relay]\npassword = {{ env = "HUSH" }}\n')
    assert commands.listed("account", "list") == []
    said = commands.refused("config", "check")
    assert said.endswith("[relay] password: the environment has no HUSH; set it before the start")
    monkeypatch.setenv("HUSH", "hush")
    commands.done("config", "check")


def test_a_certificate_that_a_start_would_refuse_is_told(tmp_path: Path) -> None:
    commands = Commands(tmp_path, f'{SETTINGS}[tls]\ncertificate = "mine.pem"\nkey = "mine.key"\n')
    said = commands.refused("config", "check")
    assert said.startswith(f"tayori: {commands.file}: [tls] {tmp_path / 'mine.pem'}: ")
    (tmp_path / "mine.pem").write_text("nonsense")
    assert commands.refused("config", "check").endswith("mine.pem: holds no certificate in PEM form")


def test_a_user_that_is_not_there_is_told(tmp_path: Path) -> None:
    commands = Commands(tmp_path, f'user = "no-such-user"\n{SETTINGS}')
    assert "user: there is no 'no-such-user' on this system" in commands.refused("config", "check")


# ---- where they come from


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, without settings; nothing in the environment names any."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TAYORI_CONFIG", raising=False)
    return tmp_path


def hostname(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return str(json.loads(result.stdout)["hostname"])


def written(file: Path, name: str) -> str:
    file.write_text(SETTINGS.replace("mail.example.org", name))
    return str(file)


def test_config_stands_before_or_after_the_command(elsewhere: Path) -> None:
    file = written(elsewhere / "a.toml", "a.example")
    assert hostname("--config", file, "config", "show") == "a.example"
    assert hostname("config", "show", "--config", file) == "a.example"
    assert hostname("config", "--config", file, "show") == "a.example"


def test_the_option_wins_over_the_environment_and_that_over_the_folder(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(elsewhere / "tayori.toml", "here.example")
    assert hostname("config", "show") == "here.example"
    monkeypatch.setenv("TAYORI_CONFIG", written(elsewhere / "b.toml", "environment.example"))
    assert hostname("config", "show") == "environment.example"
    assert hostname("--config", written(elsewhere / "c.toml", "option.example"), "config", "show") == "option.example"


def test_a_single_setting_may_be_given_on_the_command_line(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAYORI_HOSTNAME", "environment.example")
    assert hostname("config", "show") == "environment.example"
    assert hostname("--set", "hostname=option.example", "config", "show") == "option.example"
    assert hostname("config", "show", "--set", "hostname=option.example") == "option.example"


def test_a_setting_without_a_value_is_wrong_usage(elsewhere: Path) -> None:
    assert CliRunner().invoke(main, ["config", "show", "--set", "hostname"]).exit_code == 2


def test_without_any_file_the_defaults_hold(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.cli.given.USUAL", (Path("tayori.toml"),))
    result = CliRunner().invoke(main, ["config", "check"])
    assert result.stdout == "no file, so the defaults: all is well\n"
