"""The keeper makes extracts: which mails one lacks, their texts, and what becomes of old segments. DESIGN section 5.

Law: whatever is lost here is only time. Mails are taken in the order of mail.id; the checkpoint is the last one taken,
with its key: while that mail is there, no id below it was given anew.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter, thread_time
from typing import TypeVar

from tayori.errors import Refusal
from tayori.model import Buffer
from tayori.store import extract
from tayori.store.account import AccountMail
from tayori.store.documents import Documents
from tayori.store.extract import Entry, Segment, Text, Writer
from tayori.store.indexing import Indexer
from tayori.store.mailbox import OpenMailbox

T = TypeVar("T")
Mail = tuple[int, int]
"""mail.id and key."""
Progress = Callable[[int], None]
"""Told how many mails more are done."""

MAILS = 200  # of one record, at most
OCTETS = 2**20  # of messages for one record; a larger message has its own
LOOKED = 500  # rows between two looks at other work
CANDIDATES = 200  # mails among which a checkpoint is looked for
RESTING = 3.0  # times as long as it worked the keeper's extractor rests: others need the processor more
ALONE, SHORTER = 0.9, 0.3  # with so much of a processor for itself it is alone, and rests so much shorter
FEW, SMALL = 8, 16 * 2**20  # more than FEW segments that are SMALL (octets) are put together
MANY = 2_000  # records of an extract that are too many if they hold less than 8 mails each


@dataclass(slots=True)
class State:
    """How far an account is extracted."""

    segments: list[int]
    writer: Writer
    checkpoint: Mail = (0, 0)  # id 0: none
    mails: int = 0  # in all segments, whether they are still there or not
    records: int = 0
    lacking: list[int] = field(default_factory=list)  # ids below the checkpoint
    torn: set[int] = field(default_factory=set)  # segments with something in them that is no record, or of old form
    known: frozenset[int] = frozenset()  # keys of what is extracted though its id is above the checkpoint


class Extractor:
    """One in a keeper; `close` at the end."""

    def __init__(self, resting: float = RESTING) -> None:
        self._resting = resting
        self._threads = ThreadPoolExecutor(1, "extract")
        self._documents = Documents()
        self._states: dict[Path, State] = {}
        self._indexer = Indexer()
        self._closing = False

    def close(self) -> None:
        self._closing = True
        self._documents.close()
        self._threads.shutdown(cancel_futures=True)

    async def follow(self, mail: AccountMail) -> None:
        """Extract what the account's extract lacks, order its segments, index them. Raises Refusal, OSError."""
        state = self._states.get(mail.folder)
        numbers = extract.segments(mail.folder)
        if state is None or state.segments != numbers or not await _is_there(mail, state.checkpoint):
            state = self._states[mail.folder] = await self._learnt(mail, numbers)
        await self._extract(mail, state, _untold)
        if old := await _to_be_put_together(mail, state):
            await self._put_together(mail, old)
            del self._states[mail.folder]
        await self._index(mail.folder)

    async def make_anew(self, mail: AccountMail, progress: Progress) -> None:
        """All of it, though it may be there; the old segments go at the end. Raises Refusal, OSError."""
        old = extract.segments(mail.folder)
        last = max(old, default=0)

        async def told(mails: int) -> None:
            await self._index(mail.folder, last)
            progress(mails)

        await self._extract(mail, State(old, Writer(mail.folder)), told)
        _remove(mail.folder, old)
        await self._index(mail.folder)

    # ---- What is lacking

    async def _learnt(self, mail: AccountMail, numbers: list[int]) -> State:
        """From the directories of the segments, and the ids that the catalog has."""
        ids, state = await self._in_thread(lambda: _directories(mail.folder, numbers))
        for pair in sorted(ids.items(), reverse=True)[:CANDIDATES]:
            if await _is_there(mail, pair):
                state.checkpoint = pair
                break
        state.lacking = sorted(id_ for id_ in await _ids(mail) - ids.keys() if id_ < state.checkpoint[0])
        state.known = frozenset(ids.values())
        return state

    async def _extract(self, mail: AccountMail, state: State, told: Callable[[int], Awaitable[None]]) -> None:
        async for rows in _slices(mail, state):
            wanted = [pair for pair in rows if pair[1] not in state.known]
            async for group in _contents(mail, wanted):
                await self._now_and_then(partial(self._write, state.writer, group))
                state.mails += len(group)
                state.records += 1
            await told(len(rows))
        state.known = frozenset()
        state.segments = extract.segments(mail.folder)

    def _write(self, writer: Writer, group: Sequence[tuple[Mail, Buffer]]) -> None:
        texts = [(*pair, self._text(content)) for pair, content in group if not self._closing]
        if texts:
            writer.append(extract.record(texts))

    def _text(self, content: Buffer) -> Text:
        return extract.text_of(content, self._documents.texts)

    async def _index(self, folder: Path, after: int = 0) -> None:
        work = self._indexer.work(folder, after)
        while not self._closing and await self._now_and_then(partial(next, work, work)) is not work:
            pass

    async def _now_and_then(self, work: Callable[[], T]) -> T:
        """Do it in the thread, and rest."""
        began = perf_counter()
        used, done = await self._in_thread(lambda: _timed(work))
        worked = perf_counter() - began
        await asyncio.sleep(worked * self._resting * (1.0 if used < ALONE * worked else SHORTER))
        return done

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # ---- Order

    async def _put_together(self, mail: AccountMail, numbers: list[int]) -> None:
        """Write what is sound and still there of these segments into new ones; they go."""
        there = await _ids(mail)
        await self._in_thread(lambda: _copy(mail.folder, numbers, there))
        _remove(mail.folder, numbers)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor time that it took, and what it gives."""
    began = thread_time()
    done = work()
    return thread_time() - began, done


async def _untold(mails: int) -> None:
    """Nobody waits for it."""


# ---- The catalog


async def _is_there(mail: AccountMail, pair: Mail) -> bool:
    if not pair[0]:
        return True
    rows = await mail.catalog.rows(tuple[str, int], "select name, size from mail where id = ?", (pair[0],))
    return bool(rows) and extract.key_of(*rows[0]) == pair[1]


async def _ids(mail: AccountMail) -> set[int]:
    """Those of all mails in mailboxes."""
    query = (
        "select mailbox_id, uid, mail_id from entry where (mailbox_id, uid) > (?, ?) order by mailbox_id, uid limit ?"
    )
    found: set[int] = set()
    at = (0, 0)
    while rows := await mail.catalog.rows(tuple[int, int, int], query, (*at, LOOKED)):
        found.update([mail_id for _, _, mail_id in rows])
        at = rows[-1][:2]
        await asyncio.sleep(0)
    return found


async def _slices(mail: AccountMail, state: State) -> AsyncIterator[list[Mail]]:
    """Mails that may lack, in slices; the checkpoint moves on behind each."""
    lacking, state.lacking = state.lacking, []
    for at in range(0, len(lacking), MAILS):
        query = f"select id, name, size from mail where id in ({','.join(map(str, lacking[at : at + MAILS]))})"
        rows = await mail.catalog.rows(tuple[int, str, int], query)
        yield [(id_, extract.key_of(name, size)) for id_, name, size in rows]
    query = "select id, name, size from mail where id > ? order by id limit ?"
    while rows := await mail.catalog.rows(tuple[int, str, int], query, (state.checkpoint[0], MAILS)):
        pairs = [(id_, extract.key_of(name, size)) for id_, name, size in rows]
        yield pairs
        state.checkpoint = pairs[-1]


_ENTRY_OF = (
    "select e.mailbox_id, e.uid from mail m join entry e on e.mailbox_id = m.mailbox_id and e.uid = m.uid"
    " where m.id = ?1 and e.mail_id = ?1 union all"
    " select mailbox_id, uid from entry where mail_id = ?1 and from_uid is not null limit 1"
)


async def _contents(mail: AccountMail, wanted: Iterable[Mail]) -> AsyncIterator[list[tuple[Mail, Buffer]]]:
    """The messages, in groups for a record each; those that are gone or damaged are missing."""
    boxes: dict[int, OpenMailbox] = {}
    group: list[tuple[Mail, Buffer]] = []
    octets = 0
    for pair in wanted:
        rows = await mail.catalog.rows(tuple[int, int], _ENTRY_OF, (pair[0],))
        await asyncio.sleep(0)
        for box, uid in rows:
            with suppress(Refusal):
                content = await boxes.setdefault(box, OpenMailbox(mail, mail.versions(box))).content(uid)
                if group and octets + len(content.raw) > OCTETS:
                    yield group
                    group, octets = [], 0
                group.append((pair, content))
                octets += len(content.raw)
    if group:
        yield group


async def _to_be_put_together(mail: AccountMail, state: State) -> list[int]:
    """Segments that are damaged, many and small, or mostly of mails that are gone."""
    rows = await mail.catalog.rows(tuple[int | None], "select sum(messages) from mailbox")
    if state.mails > 2 * (rows[0][0] or 0) + MAILS or state.records > max(MANY, state.mails // 8):
        return state.segments
    small = [number for number in state.segments if _size(mail.folder, number) < SMALL]
    damaged = state.torn.union(extract.condemned(mail.folder)).intersection(state.segments)
    return sorted(damaged.union(small if len(small) > FEW else ()))


# ---- Segments


def _size(folder: Path, number: int) -> int:
    try:
        return os.stat(extract.path(folder, number)).st_size
    except FileNotFoundError:
        return 0


def _directories(folder: Path, numbers: list[int]) -> tuple[dict[int, int], State]:
    """The key that each id had last, and a state without checkpoint."""
    ids: dict[int, int] = {}
    state = State(numbers, Writer(folder))
    for segment in _opened(folder, numbers):
        for record in segment.records():
            ids.update((entry.id, entry.key) for entry in record.entries)
            state.mails += len(record.entries)
            state.records += 1
        if segment.end == segment.size():
            state.writer = Writer(folder, segment.number, segment.end)
        else:
            state.writer = Writer(folder)
            state.torn.add(segment.number)
    return ids, state


def _opened(folder: Path, numbers: Iterable[int]) -> Iterator[Segment]:
    for number in numbers:
        with suppress(FileNotFoundError):  # another process has just put it together
            yield Segment(folder, number)


def _copy(folder: Path, numbers: list[int], there: set[int]) -> None:
    """Append the mails of sound records that are there to new segments."""
    latest, _ = _directories(folder, extract.segments(folder))
    writer = Writer(folder)
    mails: list[tuple[int, int, Text]] = []
    for segment in _opened(folder, numbers):
        for record in segment.records():
            kept = [entry for entry in record.entries if entry.id in there and latest.get(entry.id) == entry.key]
            if kept and segment.is_sound(record):
                mails += [(each.id, each.key, _text(segment, each)) for each in kept]
            if len(mails) >= MAILS or sum(each[2].octets for each in mails) >= OCTETS:
                writer.append(extract.record(mails))
                mails = []
    if mails:
        writer.append(extract.record(mails))


def _text(segment: Segment, entry: Entry) -> Text:
    return Text(segment.read(entry.header), segment.read(entry.body), segment.read(entry.block))


def _remove(folder: Path, numbers: Iterable[int]) -> None:
    for number in numbers:
        for suffix in ("", ".bad", ".index"):
            with suppress(FileNotFoundError):
                os.unlink(extract.path(folder, number) + suffix)
