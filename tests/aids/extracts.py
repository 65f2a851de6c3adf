"""Extracts in tests: made at once, looked at, and searched with the messages out of reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from tayori.errors import Expunged
from tayori.model import Buffer
from tayori.store import extract, index, indexing, scanning, texts
from tayori.store.account import AccountMail
from tayori.store.extract import Segment
from tayori.store.extracting import Extractor
from tayori.store.mailbox import OpenMailbox


async def extracted(mail: AccountMail) -> None:
    """What a keeper that has just started makes of the account."""
    extractor = Extractor(resting=0)
    try:
        await extractor.follow(mail)
    finally:
        extractor.close()


def held(folder: Path) -> list[int]:
    """The ids of all mails in the account's segments, as they lie there."""
    segments = [Segment(folder, number) for number in extract.segments(folder)]
    return [entry.id for segment in segments for record in segment.records() for entry in record.entries]


@contextmanager
def unread() -> Iterator[None]:
    """Whoever reads a message finds it gone."""

    async def gone(mailbox: OpenMailbox, uid: int) -> Buffer:
        raise Expunged("Nobody is to read this")

    with patch.object(OpenMailbox, "content", gone):
        yield


@contextmanager
def without(folder: Path) -> Iterator[None]:
    """The account has no extract meanwhile."""
    paths = [Path(extract.path(folder, number)) for number in extract.segments(folder)]
    for path in paths:
        path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        for path in paths:
            path.with_suffix(".away").rename(path)


@contextmanager
def indexed(group: int = 1) -> Iterator[None]:
    """Whoever extracts makes an index of all, with a group for each so many octets of text."""
    with (
        patch.object(indexing, "LEAST", 0),
        patch.object(indexing, "BLOCK", 1),
        patch.object(indexing, "REST", 1),
        patch.object(index, "GROUP", group),
    ):
        yield


async def excluded(folder: Path, text: str) -> int:
    """How many mails, counted in all segments, the index says cannot hold a text."""
    gaps = await scanning.excluded(await texts.of_account(folder), [text.encode()])
    return sum(last - first + 1 for first, last in gaps)
