"""Giving memory back: the allocator keeps pages that SQLite has freed, until it is told. malloc_trim(3)."""

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone


def give_back() -> None:
    """Return the pages that are free within the heap to the system."""
    if _trim is not None:
        _trim(0)
