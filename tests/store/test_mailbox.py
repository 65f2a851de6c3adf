"""A mailbox is changed in whole steps, and each step leaves counters, flags and UIDs right."""

import os

import pytest

from aids.stored import ALICE, NOW, WORK, Post, deliver, files, filled, stored, texts
from tayori.errors import Expunged, MailboxGone, NoSuchMailbox, OverQuota, TooMany, TryLater
from tayori.model import INBOX, MAX_KEYWORDS, Column, Copied, FlagChange, MailboxName
from tayori.store.store import Store

ADD, REMOVE, REPLACE = FlagChange.ADD, FlagChange.REMOVE, FlagChange.REPLACE
ALL = [(1, 2**32 - 1)]


@stored
async def test_rows_come_in_the_order_of_columns_asked_for(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    size = Post().letter("letter 1").digest.wire_size
    columns = (Column.SIZE, Column.INTERNALDATE, Column.FLAGS)
    assert await mailbox.rows([(1, 1)], columns) == [(1, size, b"24-Nov-2026 14:49:00 +0900", 0)]


@stored
async def test_rows_of_what_is_gone_are_missing(store: Store) -> None:
    mailbox = await (await filled(store, 4)).open(INBOX)
    await mailbox.remove([(2, 3)])
    assert await mailbox.rows([(1, 2), (3, 9)], (Column.FLAGS,)) == [(1, 0), (4, 0)]


@stored
async def test_envelope_and_bodystructure_are_those_of_the_digest(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    digest = Post().letter("letter 1").digest
    columns = (Column.ENVELOPE, Column.BODYSTRUCTURE)
    assert await mailbox.rows(ALL, columns) == [(1, digest.envelope, digest.bodystructure)]


@stored
async def test_a_copy_has_the_same_email_id_and_another_message_has_not(store: Store) -> None:
    mail = await filled(store, 2)
    await (await mail.open(INBOX)).copy([(1, 1)], WORK)
    (_, first), (_, second) = await (await mail.open(INBOX)).rows(ALL, (Column.EMAIL_ID,))
    assert await (await mail.open(WORK)).rows(ALL, (Column.EMAIL_ID,)) == [(1, first)]
    assert first != second


@stored
async def test_the_save_date_is_when_it_came_into_this_mailbox(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    assert await mailbox.rows(ALL, (Column.SAVE_DATE,)) == [(1, b"24-Nov-2026 05:49:00 +0000")]


@stored
async def test_store_adds_removes_and_replaces_flags(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    seen = []
    for change, flags in ((ADD, ("\\Seen", "\\Flagged")), (REMOVE, ("\\seen",)), (REPLACE, ("\\Draft", "\\Answered"))):
        await mailbox.store(ALL, change, flags)
        seen += await mailbox.rows(ALL, (Column.FLAGS,))
    assert seen == [(1, 0b01010), (1, 0b00010), (1, 0b10001)]


@stored
async def test_store_keeps_the_counters(store: Store) -> None:
    mail = await filled(store, 3)
    mailbox = await mail.open(INBOX)
    await mailbox.store([(1, 2)], ADD, ("\\Seen", "\\Deleted"))
    await mailbox.store([(2, 3)], REPLACE, ("\\Seen",))
    status = await mail.status(INBOX)
    assert (status.unseen, status.deleted) == (0, 1)


@stored
async def test_a_message_that_has_the_flags_keeps_its_modseq(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    first = await mailbox.store([(1, 1)], ADD, ("\\Seen",))
    second = await mailbox.store([(1, 2)], ADD, ("\\Seen",))
    assert await mailbox.rows(ALL, (Column.MODSEQ,)) == [(1, first.modseq), (2, second.modseq)]


@stored
async def test_a_store_that_changes_nothing_is_no_step(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    before = await mailbox.latest()
    await mailbox.store(ALL, REMOVE, ("\\Seen",))
    assert await mailbox.latest() is before


@stored
async def test_unchanged_since_refuses_what_has_changed(store: Store) -> None:
    """RFC 7162 section 3.1.3."""
    mailbox = await (await filled(store, 3)).open(INBOX)
    before = (await mailbox.latest()).modseq
    await mailbox.store([(2, 2)], ADD, ("\\Flagged",))
    outcome = await mailbox.store(ALL, ADD, ("\\Seen",), unchanged_since=before)
    assert outcome.refused == [2]
    assert await mailbox.rows(ALL, (Column.FLAGS,)) == [(1, 8), (2, 2), (3, 8)]


@stored
async def test_keywords_are_told_with_the_flags_that_use_them(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    await mailbox.store(ALL, ADD, ("$Forwarded", "Work", "$forwarded"))
    snapshot = await mailbox.latest()
    assert (snapshot.keywords, list(snapshot.flags)) == (("$Forwarded", "Work"), [0b1100000])


@stored
async def test_removing_an_unknown_keyword_does_not_make_it(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    await mailbox.store(ALL, REMOVE, ("Strange",))
    assert (await mailbox.latest()).keywords == ()


@stored
async def test_too_many_keywords_are_refused_and_none_is_made(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    with pytest.raises(TooMany):
        await mailbox.store(ALL, ADD, tuple(f"k{number}" for number in range(MAX_KEYWORDS + 1)))
    assert (await mailbox.latest()).keywords == ()


@stored
async def test_the_last_keyword_has_a_bit_too(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    await mailbox.store(ALL, ADD, tuple(f"k{number}" for number in range(MAX_KEYWORDS)))
    assert list((await mailbox.latest()).flags) == [2**62 - 32]


@stored
async def test_copies_keep_octets_flags_and_order(store: Store) -> None:
    mail = await filled(store, 4)
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    await mailbox.store([(4, 4)], ADD, ("\\Seen",))
    copied = await mailbox.copy([(2, 2), (4, 4)], WORK)
    assert copied == Copied((await mail.status(WORK)).uid_validity, [2, 4], [1, 2])
    assert await texts(work) == {1: "letter 2", 2: "letter 4"}
    assert await work.rows(ALL, (Column.FLAGS,)) == [(1, 0), (2, 8)]


@stored
async def test_a_copied_keyword_has_the_targets_bit(store: Store) -> None:
    mail = await filled(store, 1)
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    await deliver(store, [Post("w1").letter(mailbox=WORK, flags=("One", "Two"))])
    await mailbox.store(ALL, ADD, ("Three", "TWO", "\\Seen"))
    await mailbox.copy(ALL, WORK)
    assert (await work.latest()).keywords == ("One", "Two", "Three")
    assert await work.rows([(2, 2)], (Column.FLAGS,)) == [(2, 8 | 2 << 5 | 4 << 5)]


@stored
async def test_copying_into_the_same_mailbox_doubles(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    assert (await mailbox.copy(ALL, INBOX)).target == [3, 4]
    assert await texts(mailbox) == {1: "letter 1", 2: "letter 2", 3: "letter 1", 4: "letter 2"}


@stored
async def test_a_copy_of_a_copy_is_read_after_both_others_are_gone(store: Store) -> None:
    mail = await filled(store, 1)
    other = MailboxName("Other")
    await mail.create(other)
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    await mailbox.copy(ALL, WORK)
    await work.copy(ALL, other)
    await mailbox.remove(ALL)
    await work.remove(ALL)
    assert await texts(await mail.open(other)) == {1: "letter 1"}


@stored
async def test_a_copy_into_nowhere_changes_nothing(store: Store) -> None:
    mail = await filled(store, 1)
    with pytest.raises(NoSuchMailbox):
        await (await mail.open(INBOX)).move(ALL, MailboxName("Nowhere"))
    assert (await mail.status(INBOX)).messages == 1


@stored
async def test_a_copy_past_the_quota_is_refused_and_a_move_is_not(store: Store) -> None:
    mail = await filled(store, 2)
    await store.set_quota(ALICE, 200)
    mailbox = await mail.open(INBOX)
    with pytest.raises(OverQuota):
        await mailbox.copy([(1, 1)], WORK)
    assert (await mailbox.move([(1, 1)], WORK)).target == [1]


@stored
async def test_a_move_is_gone_here_and_there_there(store: Store) -> None:
    mail = await filled(store, 3)
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    assert (await mailbox.move([(1, 2)], WORK)).source == [1, 2]
    assert (await texts(mailbox), await texts(work)) == ({3: "letter 3"}, {1: "letter 1", 2: "letter 2"})
    assert ((await mail.status(INBOX)).messages, (await mail.status(WORK)).messages) == (1, 2)


@stored
async def test_a_move_into_the_same_mailbox_gives_new_uids(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    await mailbox.move([(1, 1)], INBOX)
    assert await texts(mailbox) == {2: "letter 2", 3: "letter 1"}


@stored
async def test_expunge_takes_what_is_deleted_among_those_named(store: Store) -> None:
    mail = await filled(store, 4)
    mailbox = await mail.open(INBOX)
    await mailbox.store([(1, 3)], ADD, ("\\Deleted",))
    assert await mailbox.expunge([(2, 2), (4, 4)]) == [2]
    assert await mailbox.expunge() == [1, 3]
    assert (await mail.status(INBOX))[:1] == (1,)
    assert (await mail.status(INBOX)).deleted == 0


@stored
async def test_what_is_expunged_is_gone_for_readers(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    await mailbox.remove([(1, 1)])
    with pytest.raises(Expunged):
        await mailbox.content(1)


@stored
async def test_large_work_is_done_as_one_step_too(store: Store) -> None:
    mail = await filled(store, 600)
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    await mailbox.store(ALL, ADD, ("\\Deleted",))
    assert len((await mailbox.copy(ALL, WORK)).target) == 600
    assert len(await mailbox.expunge()) == 600
    assert len(await work.remove(ALL)) == 600
    assert (await mail.status(WORK)).size == 0


@stored
async def test_recent_is_given_to_one_alone(store: Store) -> None:
    mailbox = await (await filled(store, 2)).open(INBOX)
    first = await mailbox.claim_recent()
    second = await mailbox.claim_recent()
    await deliver(store, [Post("w1").letter()])
    assert (first, second, await mailbox.claim_recent()) == (1, 3, 3)


@stored
async def test_a_deleted_mailbox_is_gone_for_who_has_it_open(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).copy(ALL, WORK)
    work = await mail.open(WORK)
    await mail.delete(WORK)
    for attempt in (
        work.latest(), work.rows(ALL, (Column.FLAGS,)), work.content(1), work.store(ALL, ADD, ("\\Seen",)),
        work.copy(ALL, INBOX), work.move(ALL, INBOX), work.expunge(), work.remove(ALL), work.claim_recent(),
    ):  # fmt: skip
        with pytest.raises(MailboxGone):
            await attempt


@stored
async def test_a_renamed_mailbox_stays_open(store: Store) -> None:
    mail = await filled(store, 1)
    work = await mail.open(WORK)
    await mail.rename(WORK, MailboxName("Play"))
    await deliver(store, [Post("w1").letter("later", mailbox=MailboxName("Play"))])
    assert await texts(work) == {1: "later"}


@stored
async def test_a_file_renamed_by_others_is_found_by_its_unique_name(store: Store) -> None:
    mail = await filled(store, 1)
    (file,) = files(mail, "new")
    os.rename(file, f"{mail.root}/cur/{file.name}:2,RS")
    assert await texts(await mail.open(INBOX)) == {1: "letter 1"}


@stored
async def test_a_file_that_is_gone_is_an_expunged_message(store: Store) -> None:
    mail = await filled(store, 1)
    os.unlink(files(mail, "new")[0])
    with pytest.raises(Expunged):
        await (await mail.open(INBOX)).content(1)


@pytest.mark.parametrize("content", [b"", b"From: ", b"x" * 1000])
def test_a_file_of_another_length_is_never_given(tmp_path: os.PathLike[str], content: bytes) -> None:
    @stored
    async def damaged(store: Store) -> None:
        mail = await filled(store, 1)
        files(mail, "new")[0].write_bytes(content)
        with pytest.raises(TryLater):
            await (await mail.open(INBOX)).content(1)

    damaged(tmp_path)  # type: ignore[arg-type]


@stored
async def test_a_large_message_is_mapped(store: Store) -> None:
    mail = await filled(store, 0)
    letter = Post("w1").letter()
    letter.content += b"x" * 2**20
    await deliver(store, [letter])
    raw = (await (await mail.open(INBOX)).content(1)).raw
    assert (type(raw).__name__, raw[:], raw.find(b"xx")) == ("mmap", letter.content, letter.content.find(b"xx"))


@stored
async def test_an_empty_message_is_given(store: Store) -> None:
    mail = await filled(store, 0)
    letter = Post("w1").letter()
    letter.content = b""
    await deliver(store, [letter])
    assert await (await mail.open(INBOX)).content(1) == (b"", True)


@stored
async def test_the_internal_date_of_an_old_message_is_its_files_time(store: Store) -> None:
    letter = Post().letter()
    letter.received = NOW - 86400
    await deliver(store, [letter])
    assert files(await store.mailboxes(ALICE), "new")[0].stat().st_mtime == NOW - 86400


@stored
async def test_small_messages_are_read_together(store: Store) -> None:
    mailbox = await (await filled(store, 30)).open(INBOX)
    read = await mailbox.contents(range(1, 31))
    assert len(read) == 20
    assert read == [await mailbox.content(uid) for uid in range(1, 21)]


@stored
async def test_messages_asked_for_from_the_last_to_the_first_are_read_together_too(store: Store) -> None:
    mailbox = await (await filled(store, 30)).open(INBOX)
    read = await mailbox.contents(range(30, 0, -1))
    assert read == [await mailbox.content(uid) for uid in range(30, 10, -1)]


@stored
async def test_no_messages_are_read_together(store: Store) -> None:
    assert await (await (await filled(store, 1)).open(INBOX)).contents(()) == []


@stored
async def test_a_large_message_is_read_alone(store: Store) -> None:
    mail = await filled(store, 1)
    letter = Post("w1").letter()
    letter.content += b"x" * 2**16
    await deliver(store, [letter])
    mailbox = await mail.open(INBOX)
    assert [len(await mailbox.contents(uids)) for uids in ((1, 2), (2, 1))] == [1, 1]


@stored
async def test_what_is_gone_is_nothing_among_what_is_read(store: Store) -> None:
    mailbox = await (await filled(store, 3)).open(INBOX)
    await mailbox.remove([(2, 2)])
    assert [await mailbox.contents(uids) for uids in ((2, 3), (1, 2, 3))] == [[None], [await mailbox.content(1)]]


@stored
async def test_reading_together_stops_before_a_file_renamed_by_others_and_then_finds_it(store: Store) -> None:
    mail = await filled(store, 2)
    mailbox = await mail.open(INBOX)
    await mailbox.content(1)  # now it is known where both lie
    for file in files(mail, "new"):
        if (await mailbox.content(2)).raw == file.read_bytes():
            os.rename(file, f"{mail.root}/cur/{file.name}:2,S")
    assert [len(await mailbox.contents(uids)) for uids in ((1, 2), (2,))] == [1, 1]
    assert await mailbox.contents((2,)) == [await mailbox.content(2)]


@stored
async def test_reading_together_stops_before_a_damaged_file_and_then_says_so(store: Store) -> None:
    mail = await filled(store, 2)
    mailbox = await mail.open(INBOX)
    second = (await mailbox.content(2)).raw
    for file in files(mail, "new"):
        if second == file.read_bytes():
            file.write_bytes(second[:-1])
    assert len(await mailbox.contents((1, 2))) == 1
    with pytest.raises(TryLater):
        await mailbox.contents((2,))
