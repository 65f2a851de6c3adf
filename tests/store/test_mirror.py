"""Another program that reads the Maildir sees what a client sees, soon after."""

import asyncio
import mailbox
import os
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from aids.stored import ALICE, WORK, Post, deliver, files, filled, opened, stored, texts
from tayori.model import INBOX, FlagChange, MailboxName
from tayori.store import clean, dovecot, folders, maildir, mirror
from tayori.store.account import AccountMail
from tayori.store.dovecot import read_uidlist
from tayori.store.keeper import FRAME, KEPT, LARGE, Keeper
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]
A, B = MailboxName("A"), MailboxName("B")


def seen_by_others(mail: AccountMail, folder: str = "") -> dict[str, tuple[str, str]]:
    """Subject: (folder, flags), as the standard library reads it."""
    maildir = mailbox.Maildir(os.path.join(mail.root, folder), create=False)
    return {str(letter["Subject"]): (letter.get_subdir(), letter.get_flags()) for letter in maildir}


def names_by_uid(mail: AccountMail, folder: str = "") -> dict[int, str]:
    uids = read_uidlist(os.path.join(mail.root, folder)).uids
    return {uid: name for name, uid in uids.items()}


@stored
async def test_what_nobody_has_seen_lies_in_new(store: Store) -> None:
    mail = await filled(store, 1)
    await Keeper(store).step()
    assert seen_by_others(mail) == {"letter 1": ("new", "")}


@stored
async def test_what_a_reader_was_shown_goes_to_cur(store: Store) -> None:
    mail = await filled(store, 2)
    await (await mail.open(INBOX)).claim_recent()
    await deliver(store, [Post("w1").letter("later")])
    await Keeper(store).step()
    assert seen_by_others(mail) == {"letter 1": ("cur", ""), "letter 2": ("cur", ""), "later": ("new", "")}


@stored
async def test_flags_are_letters(store: Store) -> None:
    mail = await filled(store, 1)
    inbox = await mail.open(INBOX)
    await inbox.store(ALL, FlagChange.ADD, ("\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "Two"))
    await Keeper(store).step()
    assert seen_by_others(mail) == {"letter 1": ("cur", "DFRSTa")}
    assert dovecot.read_keywords(mail.root) == {0: "Two"}


@stored
async def test_flags_taken_away_leave_it_in_cur(store: Store) -> None:
    mail = await filled(store, 1)
    inbox, keeper = await mail.open(INBOX), Keeper(store)
    await inbox.store(ALL, FlagChange.ADD, ("\\Seen",))
    await keeper.step()
    await inbox.store(ALL, FlagChange.REMOVE, ("\\Seen",))
    await keeper.step()
    assert seen_by_others(mail) == {"letter 1": ("cur", "")}


@stored
async def test_a_copy_is_a_link(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).copy(ALL, WORK)
    await Keeper(store).step()
    (original,), (copy,) = files(mail, "new"), files(mail, ".Work/new")
    assert copy.samefile(original)


@stored
async def test_copies_beside_letters_that_go_to_cur_are_linked_from_where_they_went(store: Store) -> None:
    mail = await filled(store, 1)
    inbox = await mail.open(INBOX)
    await inbox.copy([(1, 1)], INBOX)
    await deliver(store, [Post("w1").letter("later")])
    await inbox.copy([(3, 3)], INBOX)
    await inbox.store(ALL, FlagChange.ADD, ("\\Seen",))
    await Keeper(store).step()
    assert len(names_by_uid(mail)) == len(files(mail, "cur")) == 4


@stored
async def test_a_move_leaves_one_file(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).move(ALL, WORK)
    await Keeper(store).step()
    assert (seen_by_others(mail), list(seen_by_others(mail, ".Work"))) == ({}, ["letter 1"])
    assert await texts(await mail.open(WORK)) == {1: "letter 1"}


@stored
async def test_what_is_expunged_goes_after_a_settling_and_its_copies_stay(store: Store) -> None:
    mail = await filled(store, 3)
    inbox = await mail.open(INBOX)
    await inbox.copy([(1, 1)], WORK)
    await inbox.remove([(1, 2)])
    await Keeper(store).step()
    assert (list(seen_by_others(mail)), list(seen_by_others(mail, ".Work"))) == (["letter 3"], ["letter 1"])
    assert await mail.catalog.rows(tuple[int], "select count(*) from mail") == [(2,)]


@stored
async def test_nothing_is_unlinked_that_is_not_settled(store: Store) -> None:
    mail = await filled(store, 1)
    await (await mail.open(INBOX)).remove(ALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tayori.store.disk.sync_file_system", fails)
        await Keeper(store).step()
    assert len(files(mail, "new")) == 1


def fails(path: Path) -> None:
    raise OSError(5, "Input/output error")


@stored
async def test_the_uidlist_tells_each_files_uid(store: Store) -> None:
    mail = await filled(store, 2)
    await (await mail.open(INBOX)).copy([(2, 2)], WORK)
    keeper = Keeper(store)
    await keeper.step()
    await deliver(store, [Post("w1").letter("later")])
    await keeper.step()
    listed = [names_by_uid(mail), names_by_uid(mail, ".Work")]
    assert [list(names) for names in listed] == [[1, 2, 3], [1]]
    assert sorted(listed[0].values()) == [file.name for file in files(mail, "new")]
    assert list(listed[1].values()) == [file.name for file in files(mail, ".Work/new")]


@stored
async def test_the_uidlist_has_uidvalidity_uidnext_and_the_mailboxs_id(store: Store) -> None:
    mail = await filled(store, 2)
    await Keeper(store).step()
    status, uidlist = await mail.status(INBOX), read_uidlist(mail.root)
    assert (uidlist.uid_validity, uidlist.uid_next, uidlist.guid) == (status.uid_validity, 3, status.mailbox_id)


@stored
async def test_the_uidlist_is_written_anew_when_much_of_it_is_stale(store: Store) -> None:
    mail = await filled(store, 10)
    inbox, keeper = await mail.open(INBOX), Keeper(store)
    await keeper.step()
    sizes = []
    for gone in ([(1, 2)], [(3, 4)]):
        await inbox.remove(gone)
        await keeper.step()  # removes the files
        await deliver(store, [Post(f"w{gone[0][0]}").letter()])
        await keeper.step()
        sizes.append(len(names_by_uid(mail)))
    assert sizes == [11, 8]


@stored
async def test_a_uidlist_that_others_have_locked_is_written_later(store: Store) -> None:
    mail = await filled(store, 1)
    lock = f"{mail.root}/dovecot-uidlist.lock"
    os.mknod(lock)
    keeper = Keeper(store)
    await keeper.step()
    assert names_by_uid(mail) == {}
    os.unlink(lock)
    await keeper.step()
    assert list(names_by_uid(mail)) == [1]


@stored
async def test_subscriptions_are_written(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.subscribe(WORK)
    await mail.unsubscribe(MailboxName("Trash"))
    await Keeper(store).step()
    assert dovecot.read_subscriptions(mail.root) == ["Archive", "Drafts", "INBOX", "Junk", "Sent", WORK]


@stored
async def test_subscriptions_are_written_again_and_new_mail_between_leaves_them(store: Store) -> None:
    mail = await filled(store, 0)
    keeper = Keeper(store)
    for name in (WORK, A):
        await mail.subscribe(name)
        await deliver(store, [Post(name).letter(name)])
        await keeper.step()
        assert name in dovecot.read_subscriptions(mail.root)
    await deliver(store, [Post("last").letter("last")])
    await keeper.step()
    assert len(read_uidlist(mail.root).uids) == 3
    assert A in dovecot.read_subscriptions(mail.root)


@stored
async def test_a_keyword_that_comes_with_a_letter_is_in_its_name(store: Store) -> None:
    mail = await filled(store, 1)
    keeper = Keeper(store)
    await keeper.step()
    await deliver(store, [Post("w1").letter("marked", flags=("\\Flagged", "Two"))])
    await keeper.step()
    assert seen_by_others(mail)["marked"] == ("cur", "Fa")


@stored
async def test_folders_follow_renames_that_cross(store: Store) -> None:
    mail = await filled(store, 0)
    post, keeper, aside = Post(), Keeper(store), MailboxName("Aside")
    for name in (A, B):
        await mail.create(name)
        await deliver(store, [post.letter(f"in {name}", mailbox=name)])
    await keeper.step()
    for old, new in ((A, aside), (B, A), (aside, B)):
        await mail.rename(old, new)
    assert [await texts(await mail.open(name)) for name in (A, B)] == [{1: "in B"}, {1: "in A"}]
    await keeper.step()
    assert [list(seen_by_others(mail, folder)) for folder in (".A", ".B")] == [["in B"], ["in A"]]
    assert [await texts(await mail.open(name)) for name in (A, B)] == [{1: "in B"}, {1: "in A"}]


@stored
async def test_the_folder_of_a_deleted_mailbox_goes_and_what_was_copied_from_it_stays(store: Store) -> None:
    mail = await filled(store, 0)
    await deliver(store, [Post().letter("kept", mailbox=WORK)])
    await (await mail.open(WORK)).copy(ALL, INBOX)
    await mail.delete(WORK)
    keeper = Keeper(store)
    await keeper.step()
    assert await texts(await mail.open(INBOX)) == {1: "kept"}
    assert [path.name for path in files(mail, "") if path.name.startswith((".Work", ".&"))] == []
    assert list(seen_by_others(mail)) == ["kept"]


@stored
async def test_of_an_empty_mailbox_nothing_is_left_once_it_is_deleted(store: Store) -> None:
    mail, keeper = await filled(store, 0), Keeper(store)
    await mail.annotate(WORK, {"/private/comment": b"x"})
    await keeper.step()
    assert "tayori-annotations" in [path.name for path in files(mail, ".Work")]
    await mail.delete(WORK)
    await keeper.step()
    assert [path.name for path in files(mail, "") if path.name.startswith((".Work", ".&"))] == []
    assert await mail.catalog.rows(tuple[int], "select count(*) from mailbox where name is null") == [(0,)]


@stored
async def test_a_mailbox_made_anew_beside_a_deleted_one_keeps_its_mail(store: Store) -> None:
    mail = await filled(store, 0)
    post = Post()
    await deliver(store, [post.letter("old", mailbox=WORK)])
    await mail.delete(WORK)
    await mail.create(WORK)
    await deliver(store, [post.letter("new", mailbox=WORK)])
    await Keeper(store).step()
    assert (list(seen_by_others(mail, ".Work")), await texts(await mail.open(WORK))) == (["new"], {1: "new"})


@stored
async def test_a_folder_in_the_way_is_left_alone(store: Store) -> None:
    mail = await filled(store, 0)
    os.makedirs(f"{mail.root}/.B/cur/foreign")
    await deliver(store, [Post().letter("mine", mailbox=WORK)])
    await mail.rename(WORK, B)
    await Keeper(store).step()
    assert [path.name for path in files(mail, ".B/cur")] == ["foreign"]
    assert await texts(await mail.open(B)) == {1: "mine"}


@stored
async def test_a_mailbox_deleted_under_the_mirror_is_not_missed(store: Store) -> None:
    mail, logged = await filled(store, 1), list[str]()
    await deliver(store, [Post("w1").letter("soon gone", mailbox=WORK)])
    await (await mail.open(WORK)).store(ALL, FlagChange.ADD, ("\\Seen",))
    at_last = dovecot.write_uidlist

    def delete(home: str, uids: dovecot.UidList) -> None:
        mail.catalog.db().execute("update mailbox set name = null where name = 'Work'")
        at_last(home, uids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dovecot, "write_uidlist", delete)
        patch.setattr(mirror, "_log", SimpleNamespace(error=lambda *what: logged.append(what[0])))
        await Keeper(store).step()
    assert logged == []


@pytest.mark.parametrize("made", [False, True])
def test_mail_that_comes_while_a_folder_is_renamed_is_found(tmp_path: Path, made: bool) -> None:
    async def run() -> None:
        async with opened(tmp_path) as store, opened(tmp_path) as other:
            mail, post = await filled(store, 0), Post("w1")
            if made:
                await deliver(other, [post.letter("first", mailbox=WORK)])
                await Keeper(store).step()
            await mail.rename(WORK, B)
            (await other.mailboxes(ALICE)).targets.clear()
            late = [post.letter("late", mailbox=B)]

            async def sync() -> None:
                if late:
                    await deliver(other, [late.pop()])

            await folders.follow_names(mail, sync)
            assert sorted((await texts(await mail.open(B))).values()) == ["first", "late"][not made :]
            assert "late" in seen_by_others(mail, ".B")
            assert ".Work" not in [path.name for path in files(mail, "")]

    asyncio.run(run())


@stored
async def test_mail_that_comes_while_such_mail_is_moved_is_moved_too(store: Store) -> None:
    mail = await filled(store, 0)
    await deliver(store, Post().letters(1, WORK))
    old, move = Path(mail.root, ".Work", "new"), os.rename

    def rename(source: str, target: str) -> None:
        move(source, target)
        if source.endswith("/late"):
            (old / "later").touch()

    comes = ["late"]

    async def sync() -> None:
        if comes:
            maildir.make(mail.root, ".Work")
            (old / comes.pop()).touch()

    await mail.rename(WORK, B)
    with patch.object(os, "rename", rename):
        await folders.follow_names(mail, sync)
    assert {"late", "later"} < {path.name for path in files(mail, ".B/new")}


@stored
async def test_what_is_replayed_goes_to_where_a_rename_was_cut_off(store: Store) -> None:
    mail, letter = await filled(store, 0), Post().letter("mine", mailbox=WORK)
    await deliver(store, [letter])
    await mail.rename(WORK, B)
    os.rename(f"{mail.root}/.Work", f"{mail.root}/.B")  # and then the keeper died
    await deliver(store, [letter])
    await Keeper(store).step()
    assert list(seen_by_others(mail, ".B")) == ["mine"]
    assert ".Work" not in [path.name for path in files(mail, "")]


@stored
async def test_a_step_cut_off_after_a_rename_is_done_again(store: Store) -> None:
    mail = await filled(store, 1)
    (file,) = files(mail, "new")
    await (await mail.open(INBOX)).store(ALL, FlagChange.ADD, ("\\Seen",))
    os.rename(file, f"{mail.root}/cur/{file.name}:2,S")  # and then the power went
    await Keeper(store).step()
    assert seen_by_others(mail) == {"letter 1": ("cur", "S")}
    assert await texts(await mail.open(INBOX)) == {1: "letter 1"}


@stored
async def test_one_broken_account_does_not_stop_the_others(store: Store) -> None:
    mail = await filled(store, 1)
    broken = await store.mailboxes(type(ALICE)("broken@example.org"))
    await broken.subscribe(WORK)
    os.rename(broken.root, broken.root + ".away")
    await Keeper(store).step()
    assert list(names_by_uid(mail)) == [1]


def test_after_a_life_in_doubt_the_uidlist_is_written_anew(tmp_path: Path) -> None:
    async def life() -> tuple[int, int]:
        clean.begin(tmp_path)
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            await deliver(store, [Post(f"w{store.data.stat().st_mtime_ns}").letter()])
            await Keeper(store).step()
            return read_uidlist(mail.root).uid_next, (await mail.status(INBOX)).uid_next

    first, second = asyncio.run(life()), asyncio.run(life())
    assert first == (2, 2)
    assert second[0] == second[1] > 10_000


@stored
async def test_a_large_log_at_rest_is_written_back_and_emptied(store: Store) -> None:
    mail = await filled(store, 1)
    inbox, log, keeper = await mail.open(INBOX), f"{mail.catalog.path}-wal", Keeper(store)
    while os.stat(log).st_size <= KEPT:
        await inbox.copy(ALL, INBOX)
    await keeper.step()
    os.utime(log, (1, 1))
    await keeper.step()
    assert os.stat(log).st_size < 2 * FRAME
    assert mail.catalog._apart is None  # it would cost memory for each account
    assert (await mail.status(INBOX)).messages == len(await texts(inbox))


@stored
async def test_a_large_log_of_a_busy_account_is_written_over(store: Store) -> None:
    mail = await filled(store, 1)
    inbox, log, keeper = await mail.open(INBOX), f"{mail.catalog.path}-wal", Keeper(store)
    while os.stat(log).st_size <= LARGE:
        await mail.write(lambda db: db.execute("update mail set envelope = randomblob(100000)"))
    await keeper.step()
    before = os.stat(log).st_size
    await mail.write(lambda db: db.execute("update mail set envelope = randomblob(9)"))
    assert os.stat(log).st_size == before
    assert await texts(inbox) == {1: "letter 1"}
