"""Root becomes DATA's owner before it opens anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aids.clients import need_root
from aids.commands import Commands

NOBODY = 65534


@pytest.fixture
def anothers(commands: Commands) -> Commands:
    """DATA belongs to nobody, and root runs the commands."""
    need_root()
    commands.data.mkdir(mode=0o700)
    os.chown(commands.data, NOBODY, NOBODY)
    for folder in commands.data.parents:  # pytest's own are root's alone
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    return commands


def tayori(commands: Commands, *arguments: str) -> "subprocess.CompletedProcess[str]":
    program = [str(Path(sys.executable).parent / "tayori"), "--config", str(commands.file)]
    return subprocess.run([*program, *arguments], input="wonder land\n", capture_output=True, text=True, timeout=60)


@pytest.mark.root
def test_what_root_makes_in_anothers_data_is_the_others(anothers: Commands) -> None:
    commands = anothers
    run = tayori(commands, "account", "add", "alice@example.org", "--password-stdin")
    assert (run.returncode, run.stderr) == (0, "")
    made = list(commands.data.rglob("*"))
    assert made
    assert {path.stat().st_uid for path in made} == {NOBODY}


@pytest.mark.root
@pytest.mark.parametrize(
    "command", ["account add alice@example.org --password-stdin", "reindex", "reindex alice@example.org"]
)
def test_a_maildir_that_root_put_there_is_told_with_what_to_do(anothers: Commands, command: str) -> None:
    folder = anothers.data / "mail/example.org/alice"
    (folder / "Maildir/cur").mkdir(parents=True)
    for one in (anothers.data / "mail", folder.parent):
        os.chown(one, NOBODY, NOBODY)
    run = tayori(anothers, *command.split())
    assert run.returncode == 1
    assert run.stderr.startswith(f"tayori: {folder}: belongs to another user")
    assert f"; say chown -R {NOBODY}:{NOBODY} {folder}" in run.stderr
