"""The extract gives SEARCH the same answers as the messages, survives damage, and follows what comes and goes."""

import asyncio
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aids.extracts import extracted, held, unread, without
from aids.stored import ALICE, Post, deliver, filled, opened, stored
from store.test_search import arrival, inbox_of
from tayori.message.structure import parse
from tayori.model import INBOX, Arrival, BodyHas, FlagChange, HeaderHas, MailboxName, SearchKey, TextHas
from tayori.store import Keeper, extract, extracting, reindex, scanning, search, texts
from tayori.store.account import AccountMail
from tayori.store.extract import Text, Writer, header_text
from tayori.store.store import Store

KEYS: list[tuple[SearchKey, list[int]]] = [
    (HeaderHas("subject", "ONE"), [1]),
    (HeaderHas("Subject", "ﾒｰﾙ"), [2]),
    (HeaderHas("x-tag", ""), [2]),
    (HeaderHas("x-tag", "b"), []),
    (HeaderHas("x-nothing", ""), []),
    (HeaderHas("subject: t", "hree"), []),
    (HeaderHas("From", "example.org"), [1]),
    (BodyHas("first"), [1, 4]),
    (BodyHas("one"), []),
    (BodyHas("東京"), [2]),
    (BodyHas("ｉｎｖｏｉｃｅ"), [2]),
    (BodyHas("nvoic"), [2]),
    (BodyHas("g l"), [3]),
    (TextHas("four"), [4]),
    (TextHas(""), [1, 2, 3, 4]),
    (BodyHas("body\nsubject"), []),
    (TextHas("one\nfrom"), []),
    (TextHas("first body\0"), []),
    (TextHas("one from: ann"), []),
]


@pytest.mark.parametrize(("key", "found"), KEYS, ids=[str(key) for key, _ in KEYS])
def test_the_extract_answers_and_so_do_the_messages(tmp_path: Path, key: SearchKey, found: list[int]) -> None:
    @stored
    async def search(store: Store) -> None:
        inbox = await inbox_of(store)
        assert await inbox.search(key) == found
        await extracted(await store.mailboxes(ALICE))
        with unread():
            assert await inbox.search(key) == found

    search(tmp_path)


def test_an_address_that_comments_part_is_found_by_its_plain_form() -> None:
    lines = header_text(parse(b"From: <ann (x)@ (y) example.org>\nSubject: (a) b\nTo: bob@example.org (Bob)\n\n"))
    assert lines == (b"\nfrom: <ann (x)@ (y) example.org> ann@example.org\nsubject: (a) b\nto: bob@example.org (bob)\n")


# ---- The oracle

LATIN = [
    "invoice",
    "Invoice",
    "ＩＮＶＯＩＣＥ",
    "straße",
    "STRASSE",
    "é",
    "e\u0301",
    "ı",
    "a",
    "b",
    "Ω",
    "𝔘",
    "\0",
    "x",
]
OTHER = ["東京", "東", "京都", "メール", "ﾒｰﾙ", "株式会社", "㈱", "\U00020bb7", "ﷺ", "\u00ad"]
WORDS = st.sampled_from(LATIN + OTHER)
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)
LETTERS = st.tuples(TEXTS, TEXTS, st.booleans())
PAIRS = st.lists(WORDS, min_size=2, max_size=2)
SOUGHT = st.one_of(WORDS, PAIRS.map("".join), PAIRS.map(" ".join), st.sampled_from(["subject: ", "i", ""]))
SEARCHES: st.SearchStrategy[SearchKey] = st.one_of(
    st.builds(BodyHas, SOUGHT), st.builds(TextHas, SOUGHT), st.builds(HeaderHas, st.just("Subject"), SOUGHT)
)


def letters(post: Post, described: list[tuple[str, str, bool]]) -> list[Arrival]:
    return [
        arrival(post, f"{'Subject' if named else 'X-Other'}: {subject.replace(chr(0), '')}\nTo: x\n\n{body}\n")
        for subject, body, named in described
    ]


@given(st.lists(LETTERS, max_size=6), st.lists(LETTERS, max_size=3), st.lists(SEARCHES, min_size=8, max_size=12))
@settings(max_examples=25)
def test_whether_mails_are_extracted_or_not_changes_no_answer(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[str, str, bool]],
    second: list[tuple[str, str, bool]],
    keys: list[SearchKey],
) -> None:
    @stored
    async def compare(store: Store) -> None:
        post = Post()
        mail = await store.mailboxes(ALICE)
        await deliver(store, letters(post, first))
        await extracted(mail)
        await deliver(store, letters(post, second))
        inbox = await mail.open(INBOX)
        by_extract = [await inbox.search(key) for key in keys]
        with without(mail.folder):
            assert by_extract == [await inbox.search(key) for key in keys]

    compare(tmp_path_factory.mktemp("data"))


def tear(folder: Path, cut: int) -> None:
    """Leave what a power cut would at the last segment's end."""
    path = Path(extract.path(folder, extract.segments(folder)[-1]))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - cut] + b"torn")


# ---- What comes and goes


async def found(mail: AccountMail, text: str, mailbox: MailboxName = INBOX) -> list[int]:
    with unread():
        return await (await mail.open(mailbox)).search(BodyHas(text))


async def expunge(store: Store, mail: AccountMail, first: int, last: int) -> None:
    inbox = await mail.open(INBOX)
    await inbox.store([(first, last)], FlagChange.ADD, ("\\Deleted",))
    await inbox.expunge()
    await Keeper(store).step()


@stored
async def test_the_keeper_extracts_what_came(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = Keeper(store)
    await keeper.step()
    with patch("tayori.store.keeper.QUIET", 0):
        await keeper.extract()
    keeper.close()
    assert await found(mail, "letter 2") == [2]


@stored
async def test_the_keeper_lets_an_account_be_that_is_written_to_now(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = Keeper(store)
    await keeper.step()
    await keeper.extract()
    keeper.close()
    assert extract.segments(mail.folder) == []


@stored
async def test_only_what_is_new_is_extracted(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    await deliver(store, Post("w1").letters(2))
    await extracted(mail)
    assert held(mail.folder) == [1, 2, 3, 4, 5]
    assert extract.segments(mail.folder) == [1]


@stored
async def test_a_copy_is_found_where_it_lies_without_being_extracted_again(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    await (await mail.open(INBOX)).copy([(2, 3)], MailboxName("Work"))
    await extracted(mail)
    assert (await found(mail, "letter 3", MailboxName("Work")), held(mail.folder)) == ([2], [1, 2, 3])


@stored
async def test_a_copy_in_its_own_mailbox_is_found_beside_the_original(store: Store) -> None:
    mail = await filled(store, 2)
    await extracted(mail)
    await (await mail.open(INBOX)).copy([(1, 1)], INBOX)
    assert await found(mail, "letter 1") == [1, 3]


@stored
async def test_what_is_expunged_is_not_found(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    await expunge(store, mail, 2, 2)
    assert await found(mail, "letter") == [1, 3]


@stored
async def test_an_id_given_again_brings_no_old_text_back(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    await expunge(store, mail, 2, 3)
    await deliver(store, [Post("w1").letter("another")])
    assert await mail.catalog.rows(tuple[int], "select max(id) from mail") == [(2,)]
    assert await found(mail, "letter 2") == []
    await extracted(mail)
    assert (await found(mail, "another"), await found(mail, "letter")) == ([4], [1])


@stored
async def test_a_keeper_that_goes_on_sees_an_id_given_again(store: Store) -> None:
    mail = await filled(store, 3)
    keeper = extracting.Extractor(resting=0)
    await keeper.follow(mail)
    await expunge(store, mail, 2, 3)
    await deliver(store, Post("w1").letters(2))
    await keeper.follow(mail)
    keeper.close()
    assert await found(mail, "letter") == [1, 4, 5]


@stored
async def test_segments_mostly_of_what_is_gone_are_written_anew(store: Store) -> None:
    mail = await filled(store, 300)
    await extracted(mail)
    await expunge(store, mail, 11, 300)
    await extracted(mail)
    assert (extract.segments(mail.folder), held(mail.folder)) == ([2], list(range(1, 11)))
    assert await found(mail, "letter") == list(range(1, 11))


@stored
async def test_many_small_segments_are_put_together(store: Store) -> None:
    mail = await filled(store, 0)
    for number in range(extracting.FEW + 1):
        await deliver(store, Post(f"w{number}").letters(1))
        await extracted(mail)
        tear(mail.folder, cut=0)
    await extracted(mail)
    assert len(extract.segments(mail.folder)) < 3
    assert len(await found(mail, "letter")) == extracting.FEW + 1


@stored
async def test_many_small_records_are_put_together(store: Store) -> None:
    mail = await filled(store, 0)
    with patch.object(extracting, "MANY", 2):
        for number in range(4):
            await deliver(store, Post(f"w{number}").letters(1))
            await extracted(mail)
    assert len(await found(mail, "letter")) == 4
    assert len(list(extract.Segment(mail.folder, extract.segments(mail.folder)[-1]).records())) == 2


def test_a_catalog_made_anew_keeps_its_extract(tmp_path: Path) -> None:
    async def before() -> None:
        async with opened(tmp_path) as store:
            mail = await filled(store, 3)
            await expunge(store, mail, 1, 1)
            await extracted(mail)

    async def after() -> None:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            await extracted(mail)
            assert (await found(mail, "letter"), held(mail.folder)) == ([2, 3], [2, 3])

    asyncio.run(before())
    reindex.reindex(tmp_path, ALICE)
    asyncio.run(after())


@stored
async def test_a_search_goes_on_while_segments_are_replaced(store: Store) -> None:
    mail = await filled(store, 3)
    await extracted(mail)
    assert await found(mail, "letter") == [1, 2, 3]
    extractor = extracting.Extractor(resting=0)
    await extractor.make_anew(mail, lambda mails: None)
    extractor.close()
    assert (await found(mail, "letter"), extract.segments(mail.folder)) == ([1, 2, 3], [2])


@pytest.mark.parametrize("large", [1, 10**9], ids=["in a thread", "on the loop"])
def test_only_so_much_of_a_text_is_looked_at(tmp_path: Path, large: int) -> None:
    @stored
    async def search_twice(store: Store) -> None:
        mail = await filled(store, 1)
        inbox = await mail.open(INBOX)
        with patch.object(extract, "MAX_BODY", 4), patch.object(search, "LARGE", large):
            assert [await inbox.search(BodyHas(text)) for text in ("lett", "letter")] == [[1], []]
            await extracted(mail)
        assert [await inbox.search(BodyHas(text)) for text in ("lett", "letter")] == [[1], []]

    search_twice(tmp_path)


# ---- Damage


def damage(folder: Path, at: int) -> None:
    """Change one octet of the first segment, counted from its end if negative."""
    path = Path(extract.path(folder, 1))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("at", [-1, 60, 3], ids=["text", "directory", "head"])
def test_a_damaged_record_is_not_believed_and_its_mails_are_read(tmp_path: Path, at: int) -> None:
    @stored
    async def search(store: Store) -> None:
        mail = await filled(store, 3)
        await extracted(mail)
        damage(mail.folder, at)
        assert await found(mail, "letter") == []
        assert await (await mail.open(INBOX)).search(BodyHas("letter")) == [1, 2, 3]

    search(tmp_path)


@pytest.mark.parametrize("at", [-1, 60, 3], ids=["text", "directory", "head"])
def test_what_was_damaged_is_made_anew(tmp_path: Path, at: int) -> None:
    @stored
    async def search(store: Store) -> None:
        mail = await filled(store, 3)
        await extracted(mail)
        damage(mail.folder, at)
        await found(mail, "letter")
        for _ in range(2):  # the first leaves out what is damaged, the next sees what lacks
            await extracted(mail)
        assert await found(mail, "letter") == [1, 2, 3]

    search(tmp_path)


@stored
async def test_what_a_power_cut_tore_is_made_anew(store: Store) -> None:
    mail = await filled(store, 2)
    await extracted(mail)
    await deliver(store, [Post("w1").letter("letter 3")])
    await extracted(mail)
    tear(mail.folder, cut=9)
    await extracted(mail)
    assert extract.segments(mail.folder) != [1]
    assert (await found(mail, "letter"), sorted(held(mail.folder))) == ([1, 2, 3], [1, 2, 3])


@stored
async def test_an_extract_of_another_form_is_made_anew(store: Store) -> None:
    mail = await filled(store, 2)
    with patch.object(extract, "MAGIC", b"tayori\xff\x00"):
        await extracted(mail)
    await extracted(mail)
    assert (await found(mail, "letter"), extract.segments(mail.folder)) == ([1, 2], [2])


def test_two_writers_never_share_a_segment(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    for writer in (one, other, one):
        writer.append(extract.record([(1, 1, Text(b"\n", b"\n", b""))]))
    assert len(held(tmp_path)) == 3
    assert extract.segments(tmp_path) == [1, 2]


def test_a_writer_does_not_append_to_what_another_has_written(tmp_path: Path) -> None:
    octets = extract.record([(1, 1, Text(b"\n", b"\n", b""))])
    Writer(tmp_path).append(octets)
    for _ in range(2):
        Writer(tmp_path, 1, len(octets)).append(octets)
    assert extract.segments(tmp_path) == [1, 2]


async def test_texts_of_a_segment_that_grew_after_the_next_was_read_are_told_apart(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    for writer, word in ((one, b"alpha\n"), (other, b"beta\n"), (one, b"gamma\n")):
        writer.append(extract.record([(1, 1, Text(b"\n", word, b""))]))
        await texts.of_account(tmp_path)
    opened = await texts.of_account(tmp_path)
    runs = await texts.runs(opened, opened.body, [0, 2])
    assert await scanning.holding(opened, opened.body, runs, b"alpha") == [0]


def test_after_a_full_disk_the_next_record_goes_elsewhere(tmp_path: Path) -> None:
    octets = extract.record([(1, 1, Text(b"\n", b"\n", b""))])
    writer = Writer(tmp_path)
    with patch.object(os, "write", lambda descriptor, content: 3), pytest.raises(OSError, match="space"):
        writer.append(octets)
    writer.append(octets)
    assert extract.segments(tmp_path) == [1, 2]


@stored
async def test_others_get_their_turn_while_texts_are_scanned(store: Store) -> None:
    mail = await filled(store, 20)
    await extracted(mail)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    assert await found(mail, "letter") == list(range(1, 21))
    task = asyncio.create_task(other())
    with patch.object(scanning, "MOMENT", 0.0):
        await found(mail, "letter")
    task.cancel()
    assert turns >= 20
