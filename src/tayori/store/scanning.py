"""Which texts of an extract hold some octets: what its index leaves is looked through. DESIGN section 5.

Law: nothing is found across two texts. The loop is given back after each moment's work.
"""

import asyncio
import logging
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from time import perf_counter

from tayori.store import narrowing
from tayori.store.scan import Window
from tayori.store.texts import CHUNK, Column, Run, Span, Texts

MOMENT = 0.0003  # seconds of work before others may go on

_log = logging.getLogger("tayori.store")


async def excluded(texts: Texts, sought: Iterable[bytes]) -> list[Span]:
    """The ordinals, first and last, of mails that by the index cannot hold all of these folded texts."""
    try:
        return await narrowing.excluded(texts.indexes.values(), sought)
    except OSError as fault:
        _log.warning("event=index-unreadable folder=%r cause=%r", str(texts.folder), fault)
        texts.indexes.clear()
        return []


async def holding(texts: Texts, column: Column, among: Iterable[Run], needle: bytes) -> list[int]:
    """The ordinals in those runs whose text contains the octets. Raises OSError."""
    found: list[int] = []
    window = Window(needle)
    resumed = perf_counter()
    for number, first, last in among:
        start, end = column.starts[first], column.ends[last]
        position = start
        for _ in window.windows(texts.segments[number].descriptor, start, end):
            while (at := window.find(position)) >= 0:
                first = bisect_right(column.starts, at, first, last + 1) - 1
                if at + len(needle) > column.ends[first]:  # between two texts
                    position = column.starts[first + 1] if first < last else end
                    continue
                found.append(first)
                position = column.ends[first]
                if perf_counter() - resumed > MOMENT:
                    await asyncio.sleep(0)
                    resumed = perf_counter()
            if perf_counter() - resumed > MOMENT:
                await asyncio.sleep(0)
                resumed = perf_counter()
    return found


async def in_field(texts: Texts, among: Iterable[Run], name: bytes, wanted: bytes) -> list[int]:
    """The ordinals in those runs whose header text has a field so named that contains the octets. Raises OSError."""
    starts, ends = texts.header.starts, texts.header.ends
    line = re.compile(rb"\n%b: [^\n]*?%b" % (re.escape(name), re.escape(wanted)))
    found: list[int] = []
    resumed = perf_counter()
    for number, first, last in among:
        while first <= last:
            start = starts[first]
            final = max(first, bisect_right(ends, start + CHUNK, first, last + 1) - 1)
            chunk = texts.segments[number].read((start, ends[final]))
            for match in line.finditer(chunk) if wanted in chunk else ():
                first = bisect_right(starts, start + match.start(), first, final + 1) - 1
                if start + match.end() <= ends[first]:  # and not between two texts
                    found.append(first)
            first = final + 1
            if perf_counter() - resumed > MOMENT:
                await asyncio.sleep(0)
                resumed = perf_counter()
    return found


async def filtered(uids: Iterable[int], holds: Callable[[int], bool]) -> set[int]:
    """Those of which it holds."""
    found: set[int] = set()
    resumed = perf_counter()
    for uid in uids:
        if holds(uid):
            found.add(uid)
        if perf_counter() - resumed > MOMENT:
            await asyncio.sleep(0)
            resumed = perf_counter()
    return found
