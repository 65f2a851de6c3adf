"""Messages and threads put in order by when they were sent, some at a time, so that others get a turn."""

from array import array
from collections.abc import Callable, Generator, Sequence

AT_ONCE = 2000  # that are looked at in one go
PLACE, LAST_PLACE = 32, 2**32 - 1  # bits for a message's place behind the time it was sent


def sliced(values: Sequence[int], made: Callable[[Sequence[int]], list[int]]) -> Generator[None, None, list[int]]:
    """What is made of the values, of some at a time."""
    result: list[int] = []
    for start in range(0, len(values), AT_ONCE):
        result += made(values[start : start + AT_ONCE])
        yield
    return result


def dated(times: "array[int]") -> Generator[None, None, tuple[list[int], list[int]]]:
    """Messages by when they were sent, those of one second as they stand in the mailbox; and the rank of each."""
    keys: list[int] = []
    for start in range(0, len(times), AT_ONCE):
        keys += sorted([when << PLACE | at for at, when in enumerate(times[start : start + AT_ONCE], start)])
        yield
    keys.sort()  # of runs that are sorted, which it finds
    yield
    order = yield from sliced(keys, lambda some: [key & LAST_PLACE for key in some])
    ranks = [0] * len(order)
    for rank, node in enumerate(order):
        ranks[node] = rank
        if rank % AT_ONCE == 0:
            yield
    return order, ranks


def ordered(roots: list[int], ranked: Callable[[Sequence[int]], list[int]]) -> Generator[None, None, list[int]]:
    """Roots by their ranks."""
    keys = yield from sliced(
        roots, lambda some: [rank << PLACE | root for rank, root in zip(ranked(some), some, strict=True)]
    )
    keys.sort()
    yield
    return (yield from sliced(keys, lambda some: [key & LAST_PLACE for key in some]))
