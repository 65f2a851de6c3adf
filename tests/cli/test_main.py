"""The command line as a whole."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tayori import __version__
from tayori.cli import COMMANDS, main

HEAVY = {
    "apsw",
    "argon2",
    "asyncio",
    "cryptography",
    "rich",
    "tayori.app",
    "tayori.config",
    "tayori.directory",
    "uvloop",
}
IMPORTS = """
import sys
from tayori.cli import main
try:
    main(["--help"])
except SystemExit as ended:
    print(*sys.modules)
"""


def test_every_command_has_a_line_of_help() -> None:
    said = CliRunner().invoke(main, ["--help"]).stdout
    lines = {line.split()[0]: line.split()[1:] for line in said.partition("Commands:")[2].splitlines() if line}
    assert list(lines) == list(COMMANDS)
    assert all(lines.values())


def test_help_imports_nothing_heavy() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY & set(run.stdout.splitlines()[-1].split()) == set()


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"tayori {__version__}\n"


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["acount"]).exit_code == 2


def test_every_command_that_lists_can_do_so_in_json() -> None:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        listing = command.commands.get("list") if isinstance(command, click.Group) else None
        assert listing is None or "--json" in [option for one in listing.params for option in one.opts]


def test_it_is_installed_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "tayori.toml").write_text("data = 'data'\n")
    program = Path(sys.executable).parent / "tayori"
    run = subprocess.run([program, "account", "list"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_it_is_a_module_that_python_runs() -> None:
    command = [sys.executable, "-m", "tayori", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60).stdout == f"tayori {__version__}\n"


@pytest.mark.parametrize("data", ["/dev/null/data", "file"])
def test_a_data_that_cannot_be_is_one_line(tmp_path: Path, data: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tayori.toml").write_text(f"data = '{data}'\n")
    result = CliRunner().invoke(main, ["--config", str(tmp_path / "tayori.toml"), "account", "list"])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("tayori: ")


def test_a_reader_that_has_enough_is_no_trouble(tmp_path: Path) -> None:
    line = f"{sys.executable} -m tayori config show --set data={tmp_path} | true"
    run = subprocess.run(["sh", "-c", line], cwd=tmp_path, stderr=subprocess.PIPE, text=True, timeout=60, check=True)
    assert run.stderr == ""


def test_streams_that_were_closed_are_opened(tmp_path: Path) -> None:
    """`tayori serve >&-` ended with a traceback, and a socket of its would have been number 1."""
    code = f"""
import sys
from tayori.cli import main
main(["config", "check", "--set", "data={tmp_path}"], standalone_mode=False)
raise SystemExit(sys.stdout.fileno() != 1 or sys.stderr.fileno() != 2)
"""
    command = [sys.executable, "-c", code]
    subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command], cwd=tmp_path, timeout=60, check=True)
