"""The parts between the boundary lines of a multipart. RFC 2046 section 5.1.1."""

import re

from tayori.message.header import Raw

MAX_CANDIDATES = 4000  # lines that begin like the boundary, looked at in one multipart

# RFC 2046 section 5.1.1: delimiter := CRLF "--" boundary; close-delimiter := delimiter "--"; transport-padding.
# The whole line has to match, so that a boundary which is the beginning of another ends nothing of the other's.
_REST_OF_LINE = re.compile(rb"(--)?[ \t]*+\r?(?:\n|\Z)")
CARRIAGE_RETURN = 13


def sections(raw: Raw, start: int, end: int, boundary: bytes, limit: int) -> list[tuple[int, int]]:
    """Start and end of each part in the body raw[start:end], without the line end that belongs to the delimiter.

    A part that no delimiter ends runs to end; so does the last one that limit allows.
    """
    delimiter = b"\n--" + boundary
    spans: list[tuple[int, int]] = []
    opened = None
    position = max(start - 1, 0)  # the line feed of the header's blank line may begin the first delimiter
    for _ in range(MAX_CANDIDATES):
        hit = raw.find(delimiter, position, end)
        if hit < 0:
            break
        rest = _REST_OF_LINE.match(raw, hit + len(delimiter), end)
        if rest is None:
            position = hit + len(delimiter)
            continue
        if opened is not None:
            spans.append((opened, _without_return(raw, opened, hit)))
        if rest[1]:
            return spans
        opened = rest.end()
        if len(spans) + 1 == limit:
            break
        position = opened - 1
    return spans if opened is None else [*spans, (opened, end)]


def _without_return(raw: Raw, start: int, line_feed: int) -> int:
    """Where a part ends whose delimiter begins with that line feed; never before its start."""
    if line_feed > start and raw[line_feed - 1] == CARRIAGE_RETURN:
        return line_feed - 1
    return max(start, line_feed)
