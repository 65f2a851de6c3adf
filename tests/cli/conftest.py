"""What the tests of all commands start with."""

from pathlib import Path

import pytest

from aids.commands import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)
