"""What stands before serving: a folder that is ours, locked, and the user to be. DESIGN sections 4 and 6.

    owner = start.owner(config.data, config.user)      # whom to be; an existing DATA's owner when nobody is named
    start.make(config.data, owner)                      # DATA, 0700
    with start.held(config.data):                       # a second server ends here
        ...bind...
        start.become(owner)

A command that serves nothing calls `own(data, user)` before it opens anything. Every trouble is a CannotStart.
"""

import fcntl
import logging
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tayori.net import signals

log = logging.getLogger("tayori.start")

PATIENCE = 10.0  # seconds that workers of a server that died are given to end
POLL = 0.05  # seconds between two looks whether they have
UMASK = 0o077  # mail is its owner's alone


class CannotStart(Exception):
    """The server (or command) cannot do its work; str() is one line: what, where, what to do."""


class Owner(NamedTuple):
    """As whom to run."""

    uid: int
    gid: int
    name: str  # "" where the system knows none
    named: bool  # by the settings

    def __str__(self) -> str:
        return self.name or f"uid {self.uid}"


# ---- Who


def owner(data: Path, user: str = "") -> Owner:
    """Whom the settings name, else whom DATA belongs to, else who calls. Raises CannotStart: no such user."""
    if user:
        return _named(user)
    try:
        status = data.stat()
    except FileNotFoundError:
        return Owner(os.geteuid(), os.getegid(), _name(os.geteuid()), named=False)
    except OSError as cause:
        raise CannotStart(f"{data}: {cause.strerror}") from cause
    return Owner(status.st_uid, status.st_gid, _name(status.st_uid), named=False)


def _named(user: str) -> Owner:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise CannotStart(f"user: there is no {user!r} on this system; make it or name another") from None
    if os.geteuid() not in (0, entry.pw_uid):
        raise CannotStart(f"user: only root can become {user!r}; start as root, or leave `user` out")
    return Owner(entry.pw_uid, entry.pw_gid, user, named=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def become(owner: Owner) -> None:
    """Be `owner` for good, with its groups; does nothing for who is not root."""
    os.umask(UMASK)
    if os.geteuid() != 0 or owner.uid == 0:
        if os.geteuid() == 0 and not owner.named:
            log.warning("running as root; set `user`, or give DATA to the user that the server shall run as")
        return
    if not owner.named:
        log.warning("running as %s, who owns DATA; set `user` to say so", owner)
    if owner.name:
        os.initgroups(owner.name, owner.gid)
    else:
        os.setgroups([owner.gid])
    os.setgid(owner.gid)
    os.setuid(owner.uid)


# ---- Where


def make(data: Path, owner: Owner) -> None:
    """DATA is there, for `owner` alone. Raises CannotStart: it cannot be made, or belongs to another."""
    try:
        if not data.is_dir():
            data.mkdir(mode=0o700, parents=True)
            if os.geteuid() == 0:
                os.chown(data, owner.uid, owner.gid)
        found = data.stat()
    except OSError as cause:
        raise CannotStart(f"{data}: cannot be made: {cause.strerror}; name another place by `data`") from cause
    if found.st_uid != owner.uid:
        raise CannotStart(f"{data}: belongs to {_name(found.st_uid) or found.st_uid}, not to {owner}; chown -R it")
    if found.st_uid != os.geteuid() != 0:
        others = "" if owner.uid == 0 else " or as root"
        raise CannotStart(f"{data}: belongs to {owner}; run this as {owner}{others}")
    if found.st_mode & 0o077:
        log.warning("%s can be read by others; chmod 0700 it", data)


def own(data: Path, user: str = "") -> None:
    """DATA is there and this process is its owner. Raises CannotStart."""
    who = owner(data, user)
    make(data, who)
    become(who)


# ---- Alone


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Nobody else serves DATA meanwhile; processes forked inside share the hold, which ends with the last of them.

    Raises CannotStart: another server has it.
    """
    file = data / "lock"
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as cause:
        raise CannotStart(f"{file}: {cause.strerror}; check that its disk can be written, and who owns it") from cause
    try:
        _take(lock, file)
        if os.geteuid() == 0:  # the next start may be the owner's own
            os.fchown(lock, data.stat().st_uid, data.stat().st_gid)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(lock)


def _take(lock: int, file: Path) -> None:
    """A server that was killed leaves workers behind, who end soon: only a living one is in the way."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip()
        if _lives(holder) or time.monotonic() > until or signals.is_wanted_to_stop():
            raise CannotStart(f"{file.parent}: in use by pid {holder or 'unknown'}; stop that one first")
        time.sleep(POLL)


def _lives(pid: str) -> bool:
    """Also true while the holder has not written its number yet."""
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):
        return True
    return True
