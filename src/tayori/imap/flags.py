"""Flags between bits and wire, each combination written once. RFC 3501 section 2.3.2."""

from functools import lru_cache

from tayori.model import SYSTEM_FLAGS

MAX_REMEMBERED = 4096  # combinations of one mailbox's flags

RECENT = 1 << 62  # the session's own flag, beside those that the mailbox keeps


class FlagTexts(dict[int, bytes]):
    """Bits to what stands between the parentheses: texts[SEEN | DELETED] is b"\\\\Deleted \\\\Seen"."""

    def __init__(self, keywords: tuple[str, ...]) -> None:
        super().__init__()
        names = [name.encode("ascii") for name in (*SYSTEM_FLAGS, *keywords)]
        self.names = names
        self._bits = [(1 << bit, name) for bit, name in enumerate(names)] + [(RECENT, b"\\Recent")]

    def __missing__(self, bits: int) -> bytes:
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        text = self[bits] = b" ".join([name for bit, name in self._bits if bits & bit])
        return text


@lru_cache(maxsize=64)
def flag_texts(keywords: tuple[str, ...]) -> FlagTexts:
    """Shared by all sessions whose mailboxes have the same keywords."""
    return FlagTexts(keywords)
