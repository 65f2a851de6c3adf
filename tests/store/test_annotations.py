"""What is noted of mailboxes and of the server. RFC 5464."""

from pathlib import Path

import pytest

from aids.stored import WORK, filled, stored
from tayori.errors import NoSuchMailbox, TooManyAnnotations
from tayori.model import INBOX, MailboxName
from tayori.store import annotations
from tayori.store.account import AccountMail
from tayori.store.store import Store

COMMENT = "/private/comment"
USE = "/private/specialuse"


async def modseq(mail: AccountMail) -> int:
    return (await mail.changed_since(0)).modseq


@stored
async def test_what_is_set_is_found_again_and_goes_when_it_is_removed(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.annotate(WORK, {COMMENT: b"a\0b", "/shared/comment": b""})
    assert await mail.annotations(WORK, [COMMENT, "/shared/comment", "/x"], 0) == {
        COMMENT: b"a\0b",
        "/shared/comment": b"",
    }
    await mail.annotate(WORK, {COMMENT: None, "/private/never": None})
    assert await mail.annotations(WORK, ["/private", "/shared"], None) == {"/shared/comment": b""}


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (0, ["/private/a"]),
        (1, ["/private/a", "/private/a/b"]),
        (None, ["/private/a", "/private/a/b", "/private/a/b/c"]),
    ],
)
def test_levels_below_an_entry_are_told_apart(depth: int | None, names: list[str], tmp_path: Path) -> None:
    @stored
    async def told(store: Store) -> None:
        mail = await filled(store, 0)
        every = ["/private/a", "/private/a/b", "/private/a/b/c", "/private/a.b", "/private/ab/c"]
        await mail.annotate(None, dict.fromkeys(every, b"x"))
        assert sorted(await mail.annotations(None, ["/private/a"], depth)) == names

    told(tmp_path)


@stored
async def test_a_mailbox_that_is_not_there_has_none(store: Store) -> None:
    mail = await filled(store, 0)
    with pytest.raises(NoSuchMailbox):
        await mail.annotations(MailboxName("Nowhere"), [COMMENT], 0)
    with pytest.raises(NoSuchMailbox):
        await mail.annotate(MailboxName("Nowhere"), {COMMENT: b"x"})


@stored
async def test_they_follow_a_rename_and_end_with_their_mailbox(store: Store) -> None:
    mail, new = await filled(store, 0), MailboxName("New")
    await mail.annotate(WORK, {COMMENT: b"x"})
    await mail.rename(WORK, new)
    assert await mail.annotations(new, [COMMENT], 0) == {COMMENT: b"x"}
    await mail.delete(new)
    await mail.create(new)
    assert await mail.annotations(new, [COMMENT], 0) == {}
    assert await mail.catalog.rows(tuple[int], "select count(*) from annotation") == [(0,)]


@stored
async def test_inbox_keeps_its_own_when_it_is_renamed_and_the_new_mailbox_has_them_too(store: Store) -> None:
    mail, new = await filled(store, 1), MailboxName("New")
    await mail.annotate(INBOX, {COMMENT: b"x"})
    await mail.rename(INBOX, new)
    assert await mail.annotations(INBOX, [COMMENT], 0) == {COMMENT: b"x"}
    assert await mail.annotations(new, [COMMENT], 0) == {COMMENT: b"x"}
    assert (new, COMMENT) in await mail.annotated_since(0)


@stored
async def test_of_what_was_removed_nothing_comes_along(store: Store) -> None:
    mail, new = await filled(store, 1), MailboxName("New")
    await mail.annotate(INBOX, {COMMENT: b"x"})
    await mail.annotate(INBOX, {COMMENT: None})
    await mail.rename(INBOX, new)
    assert (new, COMMENT) not in await mail.annotated_since(0)


@stored
async def test_too_many_entries_change_nothing(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.annotate(INBOX, {f"/private/n{number}": b"x" for number in range(annotations.MAX_ENTRIES)})
    with pytest.raises(TooManyAnnotations):
        await mail.annotate(INBOX, {"/private/n0": b"y", "/private/more": b"x"})
    assert await mail.annotations(INBOX, ["/private/n0", "/private/more"], 0) == {"/private/n0": b"x"}
    await mail.annotate(INBOX, {"/private/n0": None, "/private/more": b"x"})


@stored
async def test_more_than_an_account_may_hold_is_refused_and_may_be_taken_away(store: Store) -> None:
    mail = await filled(store, 0)
    with pytest.MonkeyPatch.context() as patched:
        await mail.annotate(WORK, {COMMENT: b"x" * 1000})
        patched.setattr(annotations, "MAX_OCTETS", 1000)
        with pytest.raises(TooManyAnnotations):
            await mail.annotate(INBOX, {COMMENT: b"x"})
        await mail.annotate(WORK, {COMMENT: None})
        await mail.annotate(INBOX, {COMMENT: b"x"})


@stored
async def test_who_follows_learns_of_what_was_set_and_what_was_removed(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.annotate(WORK, {COMMENT: b"x", "/shared/comment": b"x"})
    before = await modseq(mail)
    await mail.annotate(WORK, {COMMENT: None})
    await mail.annotate(None, {COMMENT: b"y"})
    assert await mail.annotated_since(before) == [(WORK, COMMENT), (None, COMMENT)]
    assert await mail.annotated_since(await modseq(mail)) == []


@stored
async def test_what_comes_again_is_no_longer_told_as_removed(store: Store) -> None:
    mail = await filled(store, 0)
    for value in (b"x", None, b"x"):
        await mail.annotate(WORK, {COMMENT: value})
    assert await mail.annotated_since(0) == [(WORK, COMMENT)]


@stored
async def test_a_value_that_is_there_already_is_no_change(store: Store) -> None:
    mail = await filled(store, 0)
    await mail.annotate(WORK, {COMMENT: b"x"})
    before = await modseq(mail)
    await mail.annotate(WORK, {COMMENT: b"x", "/private/never": None})
    assert await modseq(mail) == before


@stored
async def test_of_the_removed_ones_the_latest_are_remembered(store: Store) -> None:
    mail = await filled(store, 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(annotations, "MAX_REMOVED", 2)
        for number in range(4):
            await mail.annotate(WORK, {f"/private/{number}": b"x"})
            await mail.annotate(WORK, {f"/private/{number}": None})
    assert await mail.annotated_since(0) == [(WORK, "/private/2"), (WORK, "/private/3")]


@stored
async def test_the_special_use_is_an_entry_and_the_entry_is_the_special_use(store: Store) -> None:
    mail = await filled(store, 0)
    assert await mail.annotations(MailboxName("Sent"), ["/private"], None) == {USE: b"\\Sent"}
    await mail.annotate(WORK, {USE: b"\\Flagged"})
    assert [info.special_use for info in await mail.listing() if info.name == WORK] == ["\\Flagged"]
    since = await modseq(mail)
    await mail.annotate(WORK, {USE: None})
    assert await mail.annotated_since(since) == [(WORK, USE)]
    await mail.annotate(WORK, {USE: None})
    assert await mail.annotations(WORK, [USE], 0) == {}


@stored
async def test_they_count_for_no_quota(store: Store) -> None:
    mail = await filled(store, 1)
    before = await mail.quota()
    await mail.annotate(INBOX, {COMMENT: b"x" * 1000})
    assert await mail.quota() == before
