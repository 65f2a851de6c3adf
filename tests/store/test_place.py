"""What the spool brings lies in a file and in a row, once, whatever happened before."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from aids.stored import ALICE, NOW, WORK, Post, deliver, files, filled, opened, stored, texts
from tayori.errors import OverQuota, TryLater
from tayori.model import INBOX, Account, Arrival, Column, MailboxName, Placement, Replaced
from tayori.store import clean, maildir
from tayori.store.account import AccountMail
from tayori.store.keeper import Keeper
from tayori.store.store import Store


def folders(mail: AccountMail) -> list[str]:
    return [path.name for path in Path(mail.root).iterdir() if path.is_dir()]


@stored
async def test_an_arrival_is_answered_by_where_it_lies(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    status = await mail.status(INBOX)
    assert await store.place(Post().letters(2)) == [
        Placement(ALICE, INBOX, status.uid_validity, 1),
        Placement(ALICE, INBOX, status.uid_validity, 2),
    ]


@stored
async def test_its_octets_come_back(store: Store) -> None:
    letter = Post().letter("さようなら")
    await deliver(store, [letter])
    mailbox = await (await store.mailboxes(ALICE)).open(INBOX)
    assert await mailbox.content(1) == (letter.content, True)


@stored
async def test_its_file_is_named_by_its_spool_id_and_sizes(store: Store) -> None:
    letter = Post().letter()
    await deliver(store, [letter])
    (file,) = files(await store.mailboxes(ALICE), "new")
    assert file.name.startswith(f"{NOW}.tw0-1.")
    assert file.name.endswith(f",S={len(letter.content)},W={letter.digest.wire_size}")


@stored
async def test_flags_are_in_the_row_and_in_the_name(store: Store) -> None:
    await deliver(store, [Post().letter(flags=("\\Seen", "\\Flagged"))])
    mail = await store.mailboxes(ALICE)
    assert [file.name[-5:] for file in files(mail, "cur")] == [":2,FS"]
    assert await (await mail.open(INBOX)).rows([(1, 1)], (Column.FLAGS,)) == [(1, 0b1010)]


@stored
async def test_a_keyword_is_learnt(store: Store) -> None:
    await deliver(store, [Post().letter(flags=("$Junk",))])
    snapshot = await (await (await store.mailboxes(ALICE)).open(INBOX)).latest()
    assert (snapshot.keywords, list(snapshot.flags)) == (("$Junk",), [1 << 5])


@stored
async def test_a_mailbox_that_was_made_anew_gets_no_folder_of_the_old_one(store: Store) -> None:
    mail, post = await store.mailboxes(ALICE), Post()
    await mail.create(WORK)
    await mail.rename(WORK, MailboxName("Done"))
    await mail.create(WORK)  # its folder has another name until the mirror has renamed the first one
    await deliver(store, [post.letter(mailbox=WORK)])
    await mail.delete(WORK)
    await Keeper(store).step()
    await mail.create(WORK)
    await deliver(store, [post.letter(mailbox=WORK)])
    assert [name for name in folders(mail) if "tayori-" in name] == []


@stored
async def test_what_was_meant_for_a_mailbox_that_is_gone_goes_to_inbox(store: Store) -> None:
    (answer,) = await store.place([Post().letter(mailbox=MailboxName("Nowhere"))])
    assert isinstance(answer, Placement)
    assert answer.mailbox == INBOX


@stored
async def test_one_call_serves_several_accounts_and_mailboxes_in_order(store: Store) -> None:
    bob = Account("bob@example.org")
    post = Post()
    mail = await store.mailboxes(ALICE)
    await mail.create(WORK)
    answers = await store.place(
        [post.letter(), post.letter(account=bob), post.letter(mailbox=WORK), post.letter(), post.letter(account=bob)]
    )
    places = [(answer.account, answer.mailbox, answer.uid) for answer in answers if isinstance(answer, Placement)]
    assert places == [(ALICE, INBOX, 1), (bob, INBOX, 1), (ALICE, WORK, 1), (ALICE, INBOX, 2), (bob, INBOX, 2)]


@stored
async def test_counters_count(store: Store) -> None:
    post = Post()
    await deliver(store, [post.letter(flags=("\\Seen",)), post.letter(flags=("\\Deleted",)), post.letter()])
    status = await (await store.mailboxes(ALICE)).status(INBOX)
    assert (status.messages, status.unseen, status.deleted, status.recent, status.uid_next) == (3, 2, 1, 3, 4)
    assert status.size == 3 * post.letter().digest.wire_size


@stored
async def test_a_large_message_is_linked(store: Store) -> None:
    letter = Post().letter("large")
    spooled = store.data / "spooled"
    spooled.write_bytes(letter.content)
    letter.content, letter.path = b"", str(spooled)
    await deliver(store, [letter])
    (file,) = files(await store.mailboxes(ALICE), "new")
    assert file.samefile(spooled)


@stored
async def test_what_was_placed_is_not_placed_again(store: Store) -> None:
    letters = Post().letters(3)
    await deliver(store, letters)
    assert await store.place(letters) == [None, None, None]
    assert (await (await store.mailboxes(ALICE)).status(INBOX)).messages == 3


@stored
async def test_what_was_placed_and_expunged_stays_away(store: Store) -> None:
    letters = Post().letters(1)
    await deliver(store, letters)
    mailbox = await (await store.mailboxes(ALICE)).open(INBOX)
    await mailbox.remove([(1, 1)])
    assert await store.place(letters) == [None]
    assert not (await mailbox.latest()).uids


@stored
async def test_a_replayed_file_is_written_whole_again(store: Store) -> None:
    letters = Post().letters(2)
    await deliver(store, letters)
    mail = await store.mailboxes(ALICE)
    for file in files(mail, "new"):
        file.write_bytes(b"")  # what a power cut may leave
    await store.place(letters)
    assert await texts(await mail.open(INBOX)) == {1: "letter 1", 2: "letter 2"}


@stored
async def test_logs_are_counted_apart(store: Store) -> None:
    assert await deliver(store, Post("w0").letters(3)) == [1, 2, 3]
    assert await deliver(store, Post("w1").letters(1)) == [4]


@stored
async def test_a_recorded_uid_is_given_again(store: Store) -> None:
    mail = await filled(store, 1)
    validity = (await mail.status(INBOX)).uid_validity
    assert await deliver(store, [Post("w1").letter(recorded=(validity, 7)), Post("w2").letter()]) == [7, 8]


@stored
async def test_a_recorded_uid_that_is_taken_is_not_given_twice(store: Store) -> None:
    mail = await filled(store, 3)
    validity = (await mail.status(INBOX)).uid_validity
    assert await deliver(store, [Post("w1").letter(recorded=(validity, 2))]) == [4]


@stored
async def test_a_recorded_uid_of_another_uidvalidity_means_nothing(store: Store) -> None:
    await filled(store, 1)
    assert await deliver(store, [Post("w1").letter(recorded=(1, 9))]) == [2]


def test_a_catalog_that_lost_its_newest_gets_it_back_with_its_uid(tmp_path: Path) -> None:
    """A power cut took the last transactions; the log recorded what they gave."""
    post = Post()
    old, new = post.letters(2), post.letters(2)
    recorded = []

    async def first_life() -> None:
        async with opened(tmp_path / "cut") as store:
            await deliver(store, old)
        shutil.copytree(tmp_path / "cut", tmp_path / "after")
        async with opened(tmp_path / "cut") as store:
            recorded.extend([(p.uid_validity, p.uid) for p in await store.place(new) if isinstance(p, Placement)])

    async def second_life() -> None:
        clean.begin(tmp_path / "after")
        for letter, place in zip(new, recorded, strict=True):
            letter.recorded = place
        async with opened(tmp_path / "after") as store:
            assert await deliver(store, old + new) == [3, 4]
            assert list(await texts(await (await store.mailboxes(ALICE)).open(INBOX))) == [1, 2, 3, 4]

    asyncio.run(first_life())
    asyncio.run(second_life())


@stored
async def test_a_withdrawn_message_vanishes_with_its_copies(store: Store) -> None:
    mail = await filled(store, 0)
    placed = [p for p in await store.place(Post("w1").letters(2)) if isinstance(p, Placement)]
    mailbox, work = await mail.open(INBOX), await mail.open(WORK)
    await mailbox.copy([(1, 1)], WORK)
    await store.withdraw(placed[:1])
    assert (list(await texts(mailbox)), list(await texts(work))) == ([2], [])


@stored
async def test_what_cannot_be_placed_is_answered_with_the_reason_and_leaves_no_file(store: Store) -> None:
    mail = await filled(store, 0)
    os.rmdir(f"{mail.root}/new")
    os.symlink("nowhere/at/all", f"{mail.root}/new")
    bob = Account("bob@example.org")
    post = Post()
    refused, placed = await store.place([post.letter(), post.letter(account=bob)])
    assert isinstance(refused, TryLater)
    assert isinstance(placed, Placement)
    assert files(mail, "tmp") == []


@stored
async def test_room_is_refused_past_the_quota(store: Store) -> None:
    await filled(store, 1)
    await store.set_quota(ALICE, 150)
    await store.room(ALICE, 59)
    with pytest.raises(OverQuota):
        await store.room(ALICE, 60)


@stored
async def test_a_replayed_file_is_written_again_where_a_moved_message_is_read(store: Store) -> None:
    mail, letters = await filled(store, 0), Post("w1").letters(1)
    await deliver(store, letters)
    await (await mail.open(INBOX)).move([(1, 1)], WORK)
    files(mail, "new")[0].write_bytes(b"")
    await store.place(letters)
    assert await texts(await mail.open(WORK)) == {1: "letter 1"}


@stored
async def test_a_replayed_file_is_written_again_under_all_its_names(store: Store) -> None:
    mail, letters = await filled(store, 0), Post("w1").letters(1)
    await deliver(store, letters)
    await (await mail.open(INBOX)).copy([(1, 1)], WORK)
    await Keeper(store).step()
    files(mail, "new")[0].write_bytes(b"")
    await store.place(letters)
    assert [await texts(await mail.open(name)) for name in (INBOX, WORK)] == [{1: "letter 1"}] * 2
    assert files(mail, "new")[0].samefile(files(mail, ".Work/new")[0])


# ---- What another one replaces. RFC 8508


async def replaced(store: Store, mailbox: MailboxName = INBOX) -> tuple[Arrival, AccountMail]:
    """INBOX has three letters; a new one for `mailbox` is to replace the second."""
    mail = await filled(store, 3)
    letter = Post("w1").letter("the new one", mailbox=mailbox)
    letter.replaces = Replaced(INBOX, (await mail.status(INBOX)).uid_validity, 2)
    return letter, mail


@stored
async def test_what_is_replaced_goes_in_the_step_that_brings_the_new_one(store: Store) -> None:
    letter, mail = await replaced(store)
    mailbox = await mail.open(INBOX)
    before = await mailbox.latest()
    assert await deliver(store, [letter]) == [4]
    changes = await mailbox.advance(before)
    assert (changes.vanished, list(changes.now.uids)) == ([2], [1, 3, 4])
    assert await mailbox.rows([(4, 4)], (Column.MODSEQ,)) == [(4, changes.now.modseq)]
    assert (await mail.status(INBOX)).messages == 3


@stored
async def test_the_new_one_may_lie_in_another_mailbox(store: Store) -> None:
    letter, mail = await replaced(store, WORK)
    await deliver(store, [letter])
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 3]
    assert await texts(await mail.open(WORK)) == {1: "the new one"}


@stored
async def test_a_replacement_that_comes_again_replaces_nothing_more(store: Store) -> None:
    letter, mail = await replaced(store)
    await deliver(store, [letter])
    assert await store.place([letter]) == [None]
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 3, 4]


@stored
async def test_what_is_replaced_may_be_gone_already(store: Store) -> None:
    letter, mail = await replaced(store)
    await (await mail.open(INBOX)).remove([(2, 2)])
    assert await deliver(store, [letter]) == [4]
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 3, 4]


@stored
async def test_what_is_replaced_stays_when_the_mailbox_of_the_new_one_is_gone(store: Store) -> None:
    letter, mail = await replaced(store, MailboxName("Nowhere"))
    assert await deliver(store, [letter]) == [4]
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 2, 3, 4]


@stored
async def test_a_mailbox_that_was_renamed_is_known_by_its_uidvalidity(store: Store) -> None:
    letter, mail = await replaced(store)
    await (await mail.open(INBOX)).move([(1, 3)], WORK)
    letter.replaces = Replaced(WORK, (await mail.status(WORK)).uid_validity, 2)
    await mail.rename(WORK, MailboxName("Done"))
    await mail.create(WORK)
    await deliver(store, [letter])
    assert list((await (await mail.open(MailboxName("Done"))).latest()).uids) == [1, 3]


@stored
async def test_of_two_mailboxes_of_one_uidvalidity_the_name_tells(store: Store) -> None:
    letter, mail = await replaced(store)
    await (await mail.open(INBOX)).copy([(1, 3)], WORK)
    validity = (await mail.status(INBOX)).uid_validity
    await mail.write(lambda db: db.execute("update mailbox set uid_validity = ?", (validity,)))
    await deliver(store, [letter])
    assert list((await (await mail.open(WORK)).latest()).uids) == [1, 2, 3]
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 3, 4]


@stored
async def test_when_placing_fails_what_it_would_replace_stays(store: Store) -> None:
    letter, mail = await replaced(store)
    shutil.rmtree(f"{mail.root}/new")
    os.symlink("nowhere/at/all", f"{mail.root}/new")
    (answer,) = await store.place([letter])
    assert isinstance(answer, TryLater)
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 2, 3]


@stored
async def test_mail_follows_a_name_to_the_mailbox_that_has_it_now(store: Store) -> None:
    mail, post = await filled(store, 0), Post("w1")
    for subject in ("first", "second"):
        await deliver(store, [post.letter(subject, mailbox=WORK)])
        await mail.rename(WORK, MailboxName(subject))
        await mail.create(WORK)
    await deliver(store, [post.letter("third", mailbox=WORK)])
    names = [MailboxName("first"), MailboxName("second"), WORK]
    assert [list((await texts(await mail.open(name))).values()) for name in names] == [["first"], ["second"], ["third"]]


@stored
async def test_a_keyword_that_another_process_taught_is_in_the_next_files_name(store: Store) -> None:
    mail, post = await filled(store, 0), Post("w1")
    await deliver(store, [post.letter()])
    await mail.catalog.write(lambda db: db.execute("update mailbox set keywords = 'Work' where name = 'INBOX'"))
    await deliver(store, [post.letter(flags=("Work",))])
    assert [file.name[-3:] for file in files(mail, "cur")] == ["2,a"]


@stored
async def test_a_folder_that_is_renamed_as_soon_as_it_is_made_is_looked_for_again(store: Store) -> None:
    mail, make, gone = await filled(store, 0), maildir.make, ["away"]

    def made_and_renamed(root: str, folder: str) -> None:
        make(root, folder)
        if gone:
            os.rename(f"{root}/{folder}", f"{root}/{gone.pop()}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maildir, "make", made_and_renamed)
        await deliver(store, [Post("w1").letter("there", mailbox=WORK)])
    assert list((await texts(await mail.open(WORK))).values()) == ["there"]
