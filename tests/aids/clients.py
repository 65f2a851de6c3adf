"""What tests ask of the machine: a client program, or root. Absent, the test skips; where CI requires it, it fails."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRED = os.environ.get("TAYORI_REQUIRE_CLIENTS") == "1"  # set by .ci/run, which has installed them all
LOOP_CONTROL = Path("/dev/loop-control")


def need(program: str) -> str:
    """The path of a program, such as need("swaks"); a test that asks for one that is not here ends there."""
    path = shutil.which(program)
    if path is None:
        absent(f"{program} is not installed")
    return path


def need_root() -> None:
    """Returns only as root: loop mounts and dropping privileges want it."""
    if os.geteuid() != 0:
        absent("not root")


def need_loop_device() -> None:
    """Returns only as root and where files can be mounted: a container may forbid that even to root."""
    need_root()
    need("mkfs.ext4")
    if not LOOP_CONTROL.exists():
        pytest.skip("no loop devices here")


def absent(reason: str) -> NoReturn:
    """End the test: failed where the machine was to have everything, else skipped, both with the reason."""
    if REQUIRED:
        pytest.fail(f"{reason}, and TAYORI_REQUIRE_CLIENTS=1 requires it", pytrace=False)
    pytest.skip(reason)
