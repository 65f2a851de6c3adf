"""A disk that fails: the nth call that touches a folder raises OSError, once or from then on.

with Faults(folder) as faults: …                    counts the calls: faults.calls names them
with Faults(folder, at=3, code=errno.EIO): …        the third fails
"""

import builtins
import errno
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

from tayori.spool import settle
from tayori.store import disk

BY_PATH = ("open", "mkdir", "rename", "replace", "link", "unlink", "statvfs")
BY_DESCRIPTOR = ("write", "pwrite", "pwritev", "fsync", "fdatasync")


class Faults:
    """`lasting`: all calls from the nth on fail. Writes that fail have written a part."""

    def __init__(self, folder: Path, at: int = 0, code: int = errno.EIO, lasting: bool = False) -> None:
        self.calls: list[str] = []
        self._folder = str(folder)
        self._at = at
        self._code = code
        self.lasting = lasting
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in BY_PATH:
            self._patch(os, name, self._by_path)
        for name in BY_DESCRIPTOR:
            self._patch(os, name, self._by_descriptor)
        self._patch(builtins, "open", self._by_path)
        for module in (settle, disk):
            self._patch(module, "sync_file_system", self._by_path)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _patch(self, module: Any, name: str, where: Callable[[Any], str]) -> None:
        real = getattr(module, name)

        def call(first: Any, *rest: Any, **named: Any) -> Any:
            if self._fails(name, where(first)):
                if name == "pwritev" or name == "pwrite":
                    _part(real, first, rest)
                raise OSError(self._code, os.strerror(self._code), name)
            return real(first, *rest, **named)

        self._stack.enter_context(patch.object(module, name, call))

    def _fails(self, name: str, where: str) -> bool:
        if not where.startswith(self._folder):
            return False
        self.calls.append(f"{name} {where.removeprefix(self._folder)}")
        count = len(self.calls)
        return count == self._at or (self.lasting and 0 < self._at <= count)

    def _by_path(self, path: Any) -> str:
        return path if isinstance(path, str) else os.fspath(path) if isinstance(path, os.PathLike) else ""

    def _by_descriptor(self, descriptor: int) -> str:
        return os.readlink(f"/proc/self/fd/{descriptor}")


def _part(write: Callable[..., int], descriptor: int, rest: tuple[Any, ...]) -> None:
    """Half of what was to be written."""
    whole = b"".join(rest[0]) if isinstance(rest[0], list) else rest[0]
    half = whole[: len(whole) // 2]
    write(descriptor, [half] if isinstance(rest[0], list) else half, *rest[1:])
