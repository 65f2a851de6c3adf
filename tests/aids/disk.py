"""A file system of its own, ext4 in a file, whose power can be cut."""

import ctypes
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
WITHOUT_FLUSHING = 2  # what the journal has not written yet is lost
SIZE = 2**30  # octets; a hole until it is written
WRITE_AND_WAIT = 7  # SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER

_libc = ctypes.CDLL(None, use_errno=True)


class LoopDisk:
    """Mounted at `folder`."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self.folder = folder

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def sync(self) -> None:
        _run("sync", "--file-system", str(self.folder))

    def cut_power(self) -> None:
        """From now on nothing reaches the disk, whoever asks; `unmount` and `mount` bring back what did."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)


def grow(path: Path, octets: int) -> None:
    """Behind what it has: whatever is written over these later takes no journal to be on the disk."""
    with path.open("ab") as file:
        file.write(bytes(octets))
        os.fsync(file.fileno())


def write_back(path: Path) -> None:
    """The file's octets go to the disk, and nothing else does: as the kernel may choose to at any time."""
    with path.open("rb") as file:
        begin, octets = ctypes.c_int64(0), ctypes.c_int64(0)  # all of it
        if _libc.sync_file_range(file.fileno(), begin, octets, WRITE_AND_WAIT):
            raise OSError(ctypes.get_errno(), "sync_file_range", str(path))


def missing() -> str:
    """Why there can be none here, or ""."""
    if os.geteuid() != 0:
        return "mounting wants root"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    return "" if shutil.which("mkfs.ext4") else "there is no mkfs.ext4"


@contextmanager
def loop_disk(where: Path, size: int = SIZE) -> Iterator[LoopDisk]:
    """Raises CalledProcessError: mounting is not allowed here."""
    image, folder = where / "disk.img", where / "disk"
    with image.open("wb") as file:
        file.truncate(size)
    _run("mkfs.ext4", "-q", str(image))
    folder.mkdir()
    disk = LoopDisk(image, folder)
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()
        image.unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
