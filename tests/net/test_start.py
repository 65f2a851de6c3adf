"""net/start.py: whose DATA is, and who may serve it."""

import logging
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from aids.clients import need_root
from tayori.net import start
from tayori.net.start import CannotStart, Owner

ME = Owner(os.geteuid(), os.getegid(), pwd.getpwuid(os.geteuid()).pw_name, named=False)


def run(program: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """In a process of its own, which may become somebody else."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_a_new_folder_belongs_to_who_calls(tmp_path: Path) -> None:
    data = tmp_path / "a" / "data"
    owner = start.owner(data)
    start.make(data, owner)
    assert owner == ME
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_user_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="user: there is no 'no-such-user'"):
        start.owner(tmp_path, "no-such-user")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="cannot be made"):
        start.make(tmp_path / "file" / "data", ME)


def test_a_folder_open_to_others_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o755)
    with caplog.at_level(logging.WARNING):
        start.make(tmp_path, ME)
    assert "can be read by others" in caplog.text


def test_a_hold_names_its_holder_to_the_next(tmp_path: Path) -> None:
    with start.held(tmp_path), pytest.raises(CannotStart, match=f"in use by pid {os.getpid()};"), start.held(tmp_path):
        pass


def test_a_hold_can_be_taken_again_after_its_end(tmp_path: Path) -> None:
    with start.held(tmp_path):
        pass
    with start.held(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.root
def test_the_lock_that_root_takes_belongs_to_datas_owner(tmp_path: Path) -> None:
    need_root()
    os.chown(tmp_path, 12345, 12346)
    with start.held(tmp_path):
        assert (tmp_path / "lock").stat().st_uid == 12345


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(CannotStart, match="lock: Is a directory"), start.held(tmp_path):
        pass


@pytest.mark.root
def test_a_folder_of_another_than_the_named_user_is_refused(tmp_path: Path) -> None:
    need_root()
    with pytest.raises(CannotStart, match="belongs to root, not to nobody; chown -R it"):
        start.make(tmp_path, start.owner(tmp_path, "nobody"))


@pytest.mark.root
def test_a_new_folder_belongs_to_the_named_user(tmp_path: Path) -> None:
    need_root()
    owner = start.owner(tmp_path / "data", "nobody")
    start.make(tmp_path / "data", owner)
    assert (tmp_path / "data").stat().st_uid == owner.uid == pwd.getpwnam("nobody").pw_uid


BECOME = """
import os, sys
from pathlib import Path
from tayori.net import start
start.own(Path(sys.argv[1]))
print(os.getresuid(), os.getresgid(), os.getgroups())
try:
    os.setuid(0)
except PermissionError:
    print("for good")
"""


@pytest.mark.root
def test_root_becomes_the_owner_of_data_for_good(tmp_path: Path) -> None:
    need_root()
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    os.chown(data, 12345, 12346)
    done = run(BECOME, data)
    assert done.stdout == "(12345, 12345, 12345) (12346, 12346, 12346) [12346]\nfor good\n"


ANOTHERS = """
import os, sys
from pathlib import Path
from tayori.net import start
os.setuid(12345)
try:
    start.own(Path(sys.argv[1]))
except start.CannotStart as cause:
    print(cause)
"""


@pytest.mark.root
def test_a_folder_of_another_is_refused_to_who_is_not_root(tmp_path: Path) -> None:
    need_root()
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(0o711)
    assert run(ANOTHERS, tmp_path).stdout == f"{tmp_path}: belongs to root; run this as root\n"
