"""Header fields read lately, so that a list of messages that is shown again opens no file. RFC 3501 section 6.4.5.

Law: what is kept here is bounded for the process, and is of one catalog; a UID's octets never change.
"""

from collections.abc import Hashable

KEPT = 16 * 2**20  # octets, with what each entry costs besides
ENTRY = 400  # octets of that


class Recent:
    """Octets by key; the oldest go first."""

    __slots__ = ("_free", "_kept", "get")

    def __init__(self, octets: int = KEPT) -> None:
        self._free = octets
        self._kept: dict[Hashable, bytes] = {}
        self.get = self._kept.get

    def keep(self, key: Hashable, chosen: bytes) -> None:
        """Keep it, unless it is larger than all that may be kept."""
        if key in self._kept:
            return
        octets = len(chosen) + ENTRY
        while self._free < octets and self._kept:
            self._free += len(self._kept.pop(next(iter(self._kept)))) + ENTRY
        if octets <= self._free:
            self._kept[key] = chosen
            self._free -= octets
