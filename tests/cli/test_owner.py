"""Root becomes DATA's owner before it opens anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aids.commands import Commands

NOBODY = 65534


@pytest.mark.root
def test_what_root_makes_in_anothers_data_is_the_others(commands: Commands) -> None:
    if os.geteuid() != 0:
        pytest.skip("wants root")
    commands.data.mkdir(mode=0o700)
    os.chown(commands.data, NOBODY, NOBODY)
    for folder in commands.data.parents:  # pytest's own are root's alone
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    program = [str(Path(sys.executable).parent / "tayori"), "--config", str(commands.file)]
    run = subprocess.run(
        [*program, "account", "add", "alice@example.org", "--password-stdin"],
        input="wonder land\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    made = list(commands.data.rglob("*"))
    assert made
    assert {path.stat().st_uid for path in made} == {NOBODY}
