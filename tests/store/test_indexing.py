"""The keeper has an index made of what is large, follows the extract, and mends what is damaged."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from aids.extracts import excluded, extracted, indexed
from aids.stored import Post, deliver, filled, stored
from store.test_extract import damage, expunge, found
from tayori.store import extract, index, indexing
from tayori.store.extracting import Extractor
from tayori.store.store import Store


def starts(folder: Path, number: int = 1) -> list[int]:
    """Where in the segment the blocks of its index begin."""
    descriptor = os.open(index.path(folder, number), os.O_RDONLY)
    try:
        return [head.start for head in index.heads(descriptor)]
    finally:
        os.close(descriptor)


def invert(folder: Path, at: int) -> None:
    """Change one octet of the first segment's index, counted from its end if negative."""
    path = Path(index.path(folder, 1))
    content = bytearray(path.read_bytes())
    content[at] ^= 255
    path.write_bytes(content)


@stored
async def test_a_small_extract_has_no_index(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    assert index.numbers(mail.folder) == []


@stored
async def test_a_large_one_has(store: Store) -> None:
    mail = await filled(store, 3)
    with indexed():
        await extracted(mail)
    assert (index.numbers(mail.folder), starts(mail.folder)) == ([1], [0])
    assert await excluded(mail.folder, "wapiti") == 3


@stored
async def test_what_is_new_has_its_own_block(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = Extractor(resting=0)
    with indexed():
        await keeper.follow(mail)
        await deliver(store, Post("w1").letters(2))
        await keeper.follow(mail)
        await keeper.follow(mail)
    keeper.close()
    assert len(starts(mail.folder)) == 2
    assert await excluded(mail.folder, "wapiti") == 5


@stored
async def test_a_keeper_that_starts_goes_on_behind_the_last_block(store: Store) -> None:
    mail = await filled(store, 3)
    with indexed():
        await extracted(mail)
        await deliver(store, Post("w1").letters(2))
        await extracted(mail)
    assert len(starts(mail.folder)) == 2


@stored
async def test_the_last_segment_waits_until_it_has_enough(store: Store) -> None:
    mail = await filled(store, 3)
    with indexed(), patch.object(indexing, "BLOCK", 10**6):
        await extracted(mail)
    assert index.numbers(mail.folder) == []


@stored
async def test_a_segment_that_is_full_does_not_wait(store: Store) -> None:
    mail = await filled(store, 3)
    with indexed(), patch.object(indexing, "BLOCK", 10**6), patch.object(extract, "SEGMENT", 1):
        await extracted(mail)
        await deliver(store, Post("w1").letters(2))
        await extracted(mail)
    assert (extract.segments(mail.folder), index.numbers(mail.folder)) == ([1, 2], [1])


@stored
async def test_the_index_goes_with_its_segment(store: Store) -> None:
    mail = await filled(store, 300)
    with indexed():
        await extracted(mail)
        await expunge(store, mail, 11, 300)
        await extracted(mail)
    assert (extract.segments(mail.folder), index.numbers(mail.folder)) == ([2], [2])
    assert await found(mail, "letter") == list(range(1, 11))
    assert await excluded(mail.folder, "wapiti") == 10


@stored
async def test_one_without_a_segment_goes(store: Store) -> None:
    mail = await filled(store, 3)
    index.append(mail.folder, 9, b"")
    await extracted(mail)
    assert index.numbers(mail.folder) == []


@stored
async def test_an_extract_made_anew_is_indexed_meanwhile(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = Extractor(resting=0)
    told: list[int] = []
    with indexed():
        await keeper.follow(mail)
        await keeper.make_anew(mail, lambda mails: told.append(len(starts(mail.folder, 2)) + mails))
    keeper.close()
    assert told == [1 + 3]
    assert index.numbers(mail.folder) == [2]


@pytest.mark.parametrize("at", [0, 9, 60, -1], ids=["magic", "head", "mails", "marks"])
def test_what_was_damaged_is_made_anew(tmp_path: Path, at: int) -> None:
    @stored
    async def mend(store: Store) -> None:
        mail = await filled(store, 3)
        with indexed():
            await extracted(mail)
            invert(mail.folder, at)
            await found(mail, "letter")
            await extracted(mail)
        assert await excluded(mail.folder, "wapiti") == 3

    mend(tmp_path)


@stored
async def test_so_is_what_a_full_disk_cut(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    work = indexing.Indexer()
    with indexed():
        with patch.object(os, "write", lambda descriptor, block: 3), pytest.raises(OSError, match="space"):
            list(work.work(mail.folder))
        index.append(mail.folder, 1, index.MAGIC)
        list(work.work(mail.folder))
    assert await excluded(mail.folder, "wapiti") == 3


@stored
async def test_and_what_another_process_removed(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = Extractor(resting=0)
    with indexed():
        await keeper.follow(mail)
        index.remove(mail.folder, 1)
        await keeper.follow(mail)
    keeper.close()
    assert await excluded(mail.folder, "wapiti") == 3


@stored
async def test_an_index_of_what_was_there_before_is_made_anew(store: Store) -> None:
    mail = await filled(store, 3)
    with indexed():
        await extracted(mail)
        os.unlink(extract.path(mail.folder, 1))
        await deliver(store, Post("w1").letters(1))
        await extracted(mail)
    assert await excluded(mail.folder, "wapiti") == 4


@pytest.mark.parametrize("at", [-1, 70], ids=["text", "directory"])
def test_a_damaged_record_is_told_of_instead(tmp_path: Path, at: int) -> None:
    @stored
    async def index_it(store: Store) -> None:
        mail = await filled(store, 3)
        await extracted(mail)
        damage(mail.folder, at)
        with indexed():
            assert list(indexing.Indexer().work(mail.folder)) == []
        assert (index.numbers(mail.folder), extract.condemned(mail.folder)) == ([], [1])

    index_it(tmp_path)


@stored
async def test_a_segment_that_goes_meanwhile_is_passed_over(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    work = indexing.Indexer()
    with indexed(), patch.object(extract, "segments", lambda folder: [1, 2]):
        assert list(work.work(mail.folder)) != []
    assert index.numbers(mail.folder) == [1]
