"""Making things durable: one file system, one folder, one small file. DESIGN section 5."""

import ctypes
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLENTY = 10  # times what is set aside
FINE, COARSE = 10**8, 2 * 10**9  # ns in which a file may change twice without its time telling

_C = ctypes.CDLL(None, use_errno=True)


def sync_file_system(path: Path) -> None:
    """Write all of the file system below `path` to the disk, as syncfs(2). Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _C.syncfs(descriptor) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(path))
    finally:
        os.close(descriptor)


def sync_path(path: Path) -> None:
    """Make a file's octets, or a folder's names, durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, text: str) -> None:
    """Replace a small file; after a power cut it is the old one or the new one. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    sync_path(draft)
    draft.replace(path)
    sync_path(path.parent)


def set_aside(path: Path, octets: int) -> None:
    """Take so much room for hard times, while there is plenty. Raises OSError."""
    if path.exists():
        return
    room = os.statvfs(path.parent)
    if room.f_bavail * room.f_frsize < PLENTY * octets:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, octets)
    finally:
        os.close(descriptor)


def may_change_unseen(changed: int, now: int) -> bool:
    """Whether a file changed then may change again and keep its time. Some file systems count whole seconds (ns)."""
    return now - changed < (FINE if changed % 10**9 else COARSE)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Who asks for the same folder meanwhile waits, in whatever process or thread. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """The folder and those above it, each new one 0700 and durable. Raises OSError."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    folder.mkdir(0o700, exist_ok=True)
    sync_path(folder.parent)
