"""Where octets occur in files, as fast as memory gives them: memmem(3) over what is read in windows.

The standard library's find is three times slower, and a map of a file can fault.
"""

import ctypes
import os
from collections.abc import Iterator

WINDOW = 2**19  # octets that are looked through at once: 0.2 ms

NEAR = 512  # octets in which the standard library's find is quicker than calling memmem

_memmem = ctypes.CDLL(None).memmem
_memmem.restype = ctypes.c_void_p
_memmem.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)


class Window:
    """A piece of a file in memory, in which the same octets are looked for again and again."""

    __slots__ = ("_address", "_buffer", "_needle", "_octets", "_start")

    def __init__(self, needle: bytes) -> None:
        self._needle = needle
        self._buffer = bytearray(max(WINDOW, 4 * len(needle)))
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        self._start = 0
        self._octets = 0

    def windows(self, descriptor: int, start: int, end: int) -> Iterator[int]:
        """Show the file from `start` to `end` piece by piece; each time where the piece ends. Raises OSError.

        Pieces overlap, so that no occurrence is cut.
        """
        at = start
        while at < end:
            self._start = at
            self._octets = os.preadv(descriptor, [memoryview(self._buffer)[: end - at]], at)
            last = at + self._octets
            yield last
            if last >= end or not self._octets:
                return
            at = last - len(self._needle) + 1

    def find(self, start: int) -> int:
        """The offset in the file of the first occurrence from `start` on; -1: none in this piece."""
        skipped = start - self._start if start > self._start else 0
        if skipped >= self._octets:
            return -1
        near = self._buffer.find(self._needle, skipped, min(skipped + NEAR, self._octets))  # where it is frequent
        if near >= 0:
            return near + self._start
        address = self._address + skipped
        found = _memmem(address, self._octets - skipped, self._needle, len(self._needle))
        return found - self._address + self._start if found else -1
