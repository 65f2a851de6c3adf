"""What a process keeps because it may be asked for again, within a bound. DESIGN section 4.

Law: what lies here can be made anew at any time; what was used longest ago goes first.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

ENTRY = 400  # octets that one costs besides its own


class Shelf(Generic[T]):
    """Things by key, and how many octets each takes."""

    __slots__ = ("_free", "_kept")

    def __init__(self, octets: int) -> None:
        self._free = octets
        self._kept: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, thing: T, octets: int) -> None:
        """In place of what is kept by that key; unless it is larger than all that may be kept."""
        self.drop(key)
        octets += ENTRY
        while self._free < octets and self._kept:
            self.drop(next(iter(self._kept)))
        if octets <= self._free:
            self._kept[key] = thing, octets
            self._free -= octets

    def drop(self, key: Hashable) -> None:
        if key in self._kept:
            self._free += self._kept.pop(key)[1]
