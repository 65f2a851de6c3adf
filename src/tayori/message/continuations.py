"""Parameters cut into sections, joined as IMAP tells structures. RFC 2231 sections 3, 4.1 and 6."""

import re
from collections import defaultdict
from urllib.parse import quote

from tayori.message.parameters import Parameters

# RFC 2231 section 7: attribute, section "*0", and the asterisk that tells of percent signs
_SECTION = re.compile(rb"([^*]+)\*(\d{1,5}+)(\*?)\Z")

# RFC 2231 section 7: attribute-char is any CHAR but SPACE, CTLs, "*", "'", "%" and RFC 2045's tspecials
_ATTRIBUTE_CHARS = "!#$&+^`{|}"  # beside letters, figures and "_.-~", which `quote` keeps always

Section = tuple[int, bool, bytes]  # number, whether it is with percent signs, value


def joined(pairs: Parameters) -> Parameters:
    """((b"NAME*0", b"long"), (b"NAME*1", b".txt")) gives ((b"NAME", b"long.txt"),).

    Where one section has percent signs the whole is NAME*, with percent signs. Where one lacks they stay as they are.
    """
    if not any(b"*" in name for name, _ in pairs):
        return pairs
    sections: defaultdict[bytes, list[Section]] = defaultdict(list)
    for name, value in pairs:
        if found := _SECTION.match(name):
            sections[found[1]].append((int(found[2]), bool(found[3]), value))
    whole = {attribute: _whole(attribute, sorted(cut)) for attribute, cut in sections.items()}
    result: dict[tuple[bytes, bytes], None] = {}  # each where its first section stood
    for name, value in pairs:
        found = _SECTION.match(name)
        result[(found and whole[found[1]]) or (name, value)] = None
    return tuple(result)


def _whole(attribute: bytes, cut: list[Section]) -> tuple[bytes, bytes] | None:
    """None: the first section lacks, or one in between."""
    if [number for number, _, _ in cut] != list(range(len(cut))):
        return None
    if not any(extended for _, extended, _ in cut):
        return attribute, b"".join(value for _, _, value in cut)
    opening = b"" if cut[0][1] else b"''"  # no charset was told
    return attribute + b"*", opening + b"".join(value if extended else _escaped(value) for _, extended, value in cut)


def _escaped(value: bytes) -> bytes:
    return quote(value, safe=_ATTRIBUTE_CHARS).encode("ascii")
