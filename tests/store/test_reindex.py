"""What lies on the disk is enough to make the catalog anew."""

import asyncio
import os
import time
from pathlib import Path

import apsw
import pytest

from aids.stored import ALICE, NOW, WORK, Post, deliver, filled, opened, texts
from tayori.errors import NoSuchMailbox, TryLater
from tayori.model import DRAFT, FLAGGED, INBOX, SEEN, Column, FlagChange, MailboxName
from tayori.store import paths, schema
from tayori.store.account import AccountMail
from tayori.store.keeper import Keeper
from tayori.store.reindex import reindex

ALL = [(1, 2**32 - 1)]
LETTER = b"Subject: foreign\n\nforeign\n"


def forget_catalog(data: Path) -> None:
    for path in paths.account_folder(data, ALICE).glob("index.db*"):
        path.unlink()


async def seen_by_readers(mail: AccountMail) -> dict[str, object]:
    """All that a client can see and that is to be the same afterwards."""
    seen: dict[str, object] = {}
    seen["server"] = await mail.annotations(None, ["/private", "/shared"], None)
    for info in await mail.listing():
        seen[info.name] = info
        if info.selectable:
            seen[f"{info.name} noted"] = await mail.annotations(info.name, ["/private", "/shared"], None)
            mailbox = await mail.open(info.name)
            rows = await mailbox.rows(ALL, (Column.FLAGS, Column.SIZE, Column.ENVELOPE, Column.EMAIL_ID))
            status = (await mail.status(info.name))._replace(highest_modseq=0, recent=0)
            seen[f"{info.name} inside"] = (status, rows, await texts(mailbox), (await mailbox.latest()).keywords)
    return seen


async def lived_in(mail: AccountMail) -> None:
    """Some days of a mailbox's life."""
    inbox = await mail.open(INBOX)
    await mail.create(MailboxName("Lists/Python.org"), "\\Flagged")
    await inbox.store([(1, 3)], FlagChange.ADD, ("\\Seen", "$Forwarded", "Later"))
    await inbox.copy([(2, 4)], WORK)
    await inbox.copy([(5, 5)], INBOX)
    await inbox.move([(6, 6)], WORK)
    await inbox.remove([(1, 2)])
    await inbox.claim_recent()
    await mail.subscribe(WORK)
    await mail.unsubscribe(MailboxName("Trash"))
    for name in (INBOX, WORK, None):
        await mail.annotate(name, {"/private/comment": f"of {name}\0".encode(), "/shared/comment": b"gone"})
        await mail.annotate(name, {"/shared/comment": None})


def test_after_an_orderly_stop_all_is_as_it_was(tmp_path: Path) -> None:
    async def lives() -> None:
        async with opened(tmp_path) as store:
            mail = await filled(store, 6)
            await lived_in(mail)
            await deliver(store, [Post("w1").letter("last", flags=("\\Seen", "New"))])
            before = await seen_by_readers(mail)
            for _ in range(3):
                await Keeper(store).step()
        forget_catalog(tmp_path)
        assert reindex(tmp_path, ALICE) == 9
        async with opened(tmp_path) as store:
            assert await seen_by_readers(await store.mailboxes(ALICE)) == before

    asyncio.run(lives())


def test_modseq_only_grows(tmp_path: Path) -> None:
    async def highest() -> int:
        async with opened(tmp_path) as store:
            return (await (await filled_once(store)).status(INBOX)).highest_modseq

    async def filled_once(store: object) -> AccountMail:
        return await store.mailboxes(ALICE)  # type: ignore[attr-defined, no-any-return]

    before = asyncio.run(highest())
    reindex(tmp_path, ALICE)
    assert asyncio.run(highest()) > before


def maildir_of(data: Path) -> Path:
    root = paths.maildir(paths.account_folder(data, ALICE))
    for folder in ("cur", "new", "tmp", ".Old Mail/cur", ".Old Mail/new", ".Old Mail/tmp"):
        (root / folder).mkdir(parents=True)
    return root


def test_a_maildir_of_dovecot_is_served_with_its_uids_flags_and_subscriptions(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / "cur" / "1.M1P1.host,S=26:2,Fa").write_bytes(LETTER)
    (root / "cur" / "2.M1P1.host,S=26:2,SDc").write_bytes(LETTER)
    (root / "dovecot-uidlist").write_text(f"3 V77 N9 G{'ab' * 16}\n4 W28 :2.M1P1.host,S=26\n7 :1.M1P1.host,S=26\n")
    (root / "dovecot-keywords").write_text("0 $Label1\n2 Third\n")
    (root / "subscriptions").write_text("V\t2\n\nINBOX\nOld Mail\n")

    async def served() -> None:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            inbox = await mail.open(INBOX)
            status = await mail.status(INBOX)
            assert (status.uid_validity, status.uid_next, status.mailbox_id) == (77, 9, "ab" * 16)
            assert await inbox.rows(ALL, (Column.FLAGS,)) == [(4, SEEN | DRAFT | 2 << 5), (7, FLAGGED | 1 << 5)]
            assert (await inbox.latest()).keywords == ("$Label1", "Third")
            assert [i.name for i in await mail.listing() if i.subscribed] == ["INBOX", "Old Mail"]

    asyncio.run(served())


def test_a_uidlist_of_the_first_version_is_read(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / "cur" / "1.x.host:2,").write_bytes(LETTER)
    (root / "dovecot-uidlist").write_text("1 1234 9\n5 1.x.host\n")
    assert reindex(tmp_path, ALICE) == 1

    async def status() -> tuple[int, int, list[int]]:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            told = await mail.status(INBOX)
            return told.uid_validity, told.uid_next, list((await (await mail.open(INBOX)).latest()).uids)

    assert asyncio.run(status()) == (1234, 9, [5])


def test_files_that_no_list_knows_get_uids_by_their_age_and_recent_ones_are_recent(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    for age, name in enumerate(("new/z", "cur/a:2,S", "cur/b")):
        (root / name).write_bytes(b"\n" + name[4:5].encode())
        os.utime(root / name, (NOW - age, NOW - age))

    async def look() -> tuple[dict[int, str], int]:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            return await texts(await mail.open(INBOX)), (await mail.status(INBOX)).recent

    assert asyncio.run(look()) == ({1: "b", 2: "a", 3: "z"}, 1)


def test_octets_stay_whatever_their_line_ends(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    contents = {"a": b"A: b\n\nx\n", "b": b"A: b\r\n\r\nx\r\n", "c": b"A: b\r\n\r\nx\n"}
    for name, content in contents.items():
        (root / "cur" / name).write_bytes(content)

    async def read() -> dict[bytes, bool]:
        async with opened(tmp_path) as store:
            inbox = await (await store.mailboxes(ALICE)).open(INBOX)
            return dict([await inbox.content(uid) for uid in (1, 2, 3)])

    assert asyncio.run(read()) == {contents["a"]: True, contents["b"]: False, contents["c"]: False}


@pytest.mark.parametrize("left", [0, 100, 4096])
def test_a_catalog_that_was_cut_off_is_no_hindrance(tmp_path: Path, left: int) -> None:
    async def before() -> None:
        async with opened(tmp_path) as store:
            await filled(store, 2)
            await Keeper(store).step()

    async def after() -> dict[int, str]:
        async with opened(tmp_path) as store:
            return await texts(await (await store.mailboxes(ALICE)).open(INBOX))

    asyncio.run(before())
    for path in paths.account_folder(tmp_path, ALICE).glob("index.db*"):
        os.truncate(path, left)
    if not left:  # as it was once taken for a new one
        schema.make(apsw.Connection(str(paths.catalog(paths.account_folder(tmp_path, ALICE)))))
    reindex(tmp_path, ALICE)
    assert asyncio.run(after()) == {1: "letter 1", 2: "letter 2"}


def test_damaged_files_are_put_aside(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / "cur" / "1.x.host,S=26:2,").write_bytes(LETTER)
    (root / "cur" / "2.x.host,S=30:2,").write_bytes(LETTER)
    (root / "new" / "3.x.host").write_bytes(b"")
    assert reindex(tmp_path, ALICE) == 1
    assert len(list((root.parent / "damaged").iterdir())) == 2


def test_a_folder_named_in_plain_text_is_taken_in(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / ".Entwürfe" / "cur").mkdir(parents=True)
    (root / ".Entwürfe" / "cur" / "1.x.host").write_bytes(LETTER)

    async def look() -> dict[int, str]:
        async with opened(tmp_path) as store:
            return await texts(await (await store.mailboxes(ALICE)).open(MailboxName("Entwürfe")))

    assert asyncio.run(look()) == {1: "foreign"}


def test_a_lost_catalog_is_told_and_not_begun_anew(tmp_path: Path) -> None:
    async def lives() -> None:
        async with opened(tmp_path) as store:
            await filled(store, 1)
            await Keeper(store).step()
        forget_catalog(tmp_path)
        async with opened(tmp_path) as store:
            with pytest.raises(TryLater, match="tayori reindex"):
                await store.mailboxes(ALICE)

    asyncio.run(lives())


def test_who_has_no_maildir_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchMailbox):
        reindex(tmp_path, ALICE)


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    for number in range(150):
        (root / "cur" / f"{number}.x.host").write_bytes(LETTER)
    told: list[tuple[int, int]] = []
    reindex(tmp_path, ALICE, lambda done, total: told.append((done, total)))
    assert told == [(100, 150), (150, 150)]


def inbox_of(data: Path) -> tuple[list[int], dict[int, str], tuple[str, ...]]:
    """Its UIDs, texts and keywords."""

    async def look() -> tuple[list[int], dict[int, str], tuple[str, ...]]:
        async with opened(data) as store:
            inbox = await (await store.mailboxes(ALICE)).open(INBOX)
            now = await inbox.latest()
            return list(now.uids), await texts(inbox), now.keywords

    return asyncio.run(look())


def test_names_that_no_list_can_have_are_spelt_otherwise(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    for name in (b"1.\xff\xe9.host:2,S", b"2.a\nb.host:2,", b"3.\xe4\xbe\xbf.host:2,"):
        Path(os.fsdecode(os.fsencode(root / "cur") + b"/" + name)).write_bytes(LETTER)
    (root / "dovecot-uidlist").write_bytes(b"3 V77 N9\n4 :1.\xff\xe9.host\n")
    assert reindex(tmp_path, ALICE) == 3
    assert inbox_of(tmp_path)[0] == [4, 9, 10]
    names = sorted(path.name for path in (root / "cur").iterdir())
    assert names == ["1.%FF%E9.host:2,S", "2.a%0Ab.host:2,", "3.便.host:2,"]


def test_a_name_so_spelt_takes_the_place_of_no_other(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    for name, content in ((b"1.\xff", b"Subject: a\n\na\n"), (b"1.%FF", LETTER)):
        Path(os.fsdecode(os.fsencode(root / "new") + b"/" + name)).write_bytes(content)
    assert reindex(tmp_path, ALICE) == 1
    assert len(list((root.parent / "damaged").iterdir())) == 1


def test_keywords_that_no_client_could_have_set_are_left_out(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / "cur" / "1.x.host:2,abcde").write_bytes(LETTER)
    (root / "dovecot-keywords").write_bytes(b"0 two words\n1 \\Seen\n2 \xff\n3 $Fine\n4 par(en\n")
    reindex(tmp_path, ALICE)
    assert inbox_of(tmp_path)[2] == ("$Fine",)


@pytest.mark.parametrize(
    "uidlist",
    ["3 V77 N9\n4294967296 :1.x.host\n", "3 V77 N4294967295\n", "3 V4294967296 N9\n5 :1.x.host\n", "1 77 9999999999\n"],
)
def test_uids_that_leave_no_room_are_given_anew(tmp_path: Path, uidlist: str) -> None:
    root = maildir_of(tmp_path)
    (root / "cur" / "1.x.host:2,").write_bytes(LETTER)
    (root / "dovecot-uidlist").write_text(uidlist)
    reindex(tmp_path, ALICE)
    assert inbox_of(tmp_path)[0] == [1]


def test_a_size_in_the_name_that_cannot_be_changes_no_octet(tmp_path: Path) -> None:
    content = b"Subject: a\r\n\r\nx\r\n"

    async def read() -> bytes:
        async with opened(tmp_path) as store:
            inbox = await (await store.mailboxes(ALICE)).open(INBOX)
            return bytes((await inbox.content(1)).raw)

    (maildir_of(tmp_path) / "new" / "1.x,W=99").write_bytes(content)
    assert asyncio.run(read()) == content


def test_what_was_put_aside_stays_there(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    for folder in ("cur", "new"):
        (root / folder / "1.x.host,S=9").write_bytes(LETTER)
    reindex(tmp_path, ALICE)
    assert len(list((root.parent / "damaged").iterdir())) == 2


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    """UIDVALIDITY was another one each time, until a server had run in between."""
    root = maildir_of(tmp_path)
    for folder in ("cur", ".Old Mail/new"):
        (root / folder / "1.x.host").write_bytes(LETTER)

    async def ids() -> list[tuple[str, int, int, str]]:
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            query = "select name, uid_validity, uid_next, guid from mailbox where folder in ('', '.Old Mail')"
            return await mail.catalog.rows(tuple[str, int, int, str], query)

    reindex(tmp_path, ALICE)
    first = asyncio.run(ids())
    forget_catalog(tmp_path)
    reindex(tmp_path, ALICE)
    assert asyncio.run(ids()) == first


def test_a_list_that_another_program_holds_is_left_to_the_mirror(tmp_path: Path) -> None:
    root = maildir_of(tmp_path)
    (root / "dovecot-uidlist.lock").write_bytes(b"")
    assert reindex(tmp_path, ALICE) == 0
    assert not (root / "dovecot-uidlist").exists()


def test_drafts_of_who_was_killed_go(tmp_path: Path) -> None:
    folder = maildir_of(tmp_path).parent
    for age, name in ((0, "index.db.7.new"), (7200, "index.db.8.new"), (7200, "index.db.8.new-journal")):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    reindex(tmp_path, ALICE)
    assert [path.name for path in folder.glob("*.new*")] == ["index.db.7.new"]


def test_who_comes_meanwhile_waits_for_the_same_catalog(tmp_path: Path) -> None:
    """Each session made one, the files were renamed under the others' eyes, and all but one were refused."""
    root = maildir_of(tmp_path)
    for number in range(300):
        (root / "cur" / f"{number}.x.host").write_bytes(LETTER)

    async def look() -> set[tuple[int, int]]:
        async with opened(tmp_path) as one, opened(tmp_path) as other:
            mails = await asyncio.gather(*(store.mailboxes(ALICE) for store in (one, other)))
            return {((await mail.status(INBOX)).uid_validity, (await mail.status(INBOX)).messages) for mail in mails}

    ((_, messages),) = asyncio.run(look())
    assert messages == 300


def test_what_a_log_holds_is_left_to_its_replay(tmp_path: Path) -> None:
    """It got another UID here, so that the replay placed it once more."""

    async def live() -> None:
        async with opened(tmp_path) as store:
            await deliver(store, Post().letters(3))

    asyncio.run(live())
    forget_catalog(tmp_path)
    assert reindex(tmp_path, ALICE, held={"w0-2", "w0-3"}) == 1
    assert len(list((paths.maildir(paths.account_folder(tmp_path, ALICE)) / "new").iterdir())) == 3
