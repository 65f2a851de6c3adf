"""Memory goes back to the system: the allocator would keep what was freed. mallopt(3), malloc_trim(3): glibc alone."""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGE = 4 * 2**20  # octets of a block that is mapped on its own: an Argon2 hash takes 19 MiB
SPARE = 16 * 2**20  # octets kept free at the heap's end

_C = ctypes.CDLL(None)
_trim = getattr(_C, "malloc_trim", None)
_option = getattr(_C, "mallopt", None)


def map_large_blocks() -> None:
    """From now on a LARGE block is given back when it is freed. By itself glibc learns from the first to keep them."""
    if _trim is not None and _option is not None:
        _option(M_MMAP_THRESHOLD, LARGE)
        _option(M_TRIM_THRESHOLD, SPARE)


def give_back() -> None:
    """Return the pages that are free within the heap."""
    if _trim is not None:
        _trim(0)
