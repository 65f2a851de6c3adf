"""Where the servers keep their mail: a directory on ext4 with a journal, in an image file where there is no other."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

IMAGE_SIZE = 24 * 2**30  # octets, sparse: what the deliveries of a full run fill, with room to spare
BYTES_PER_INODE = 4096  # one file a message: mkfs would give a quarter of the inodes
_libc = ctypes.CDLL(None, use_errno=True)


def sync_file_system(path: Path) -> None:
    """All that was written to the file system of `path` is on the disk when this returns. syncfs(2)"""
    handle = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(handle) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(path))
    finally:
        os.close(handle)


def file_system(path: Path) -> str:
    """ "ext4, journal", "ext4, no journal", "xfs" …: what holds `path`."""
    report = subprocess.run(
        ["findmnt", "-no", "FSTYPE,SOURCE", "-T", path], check=True, capture_output=True, text=True
    ).stdout.split()
    kind, source = report[0], report[-1]
    if kind != "ext4":
        return kind
    # jbd2 shows each journal it runs as DEVICE-INODE
    journaled = any(name.startswith(Path(source).name + "-") for name in os.listdir("/proc/fs/jbd2"))
    return "ext4, journal" if journaled else "ext4, no journal"


@contextlib.contextmanager
def work_directory(parent: Path | None, image: bool | None) -> Iterator[Path]:
    """A directory of our own that is gone afterwards, on an ext4 with a journal.

    `image` None means: an image file, mounted, where `parent` has no such file system and we are root.
    """
    own = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    own.chmod(0o755)  # the servers' users must pass through
    try:
        if image is None:
            image = os.geteuid() == 0 and file_system(own) != "ext4, journal"
        with _mounted_image(own) if image else contextlib.nullcontext(own) as place:
            yield place
    finally:
        shutil.rmtree(own)


@contextlib.contextmanager
def _mounted_image(own: Path) -> Iterator[Path]:
    image, place = own / "ext4.img", own / "m"
    with image.open("wb") as file:
        file.truncate(IMAGE_SIZE)
    place.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", "-i", str(BYTES_PER_INODE), image], check=True)
    subprocess.run(["mount", "-o", "loop,relatime", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)
