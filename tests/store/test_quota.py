"""An account holds what it may, in octets and in messages. RFC 9208."""

from collections.abc import Sequence

import pytest

from aids.stored import ALICE, WORK, Post, files, filled, stored, texts
from tayori.errors import OverQuota
from tayori.model import INBOX, Arrival, FlagChange, Replaced
from tayori.store import quota
from tayori.store.account import AccountMail
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


async def with_messages(store: Store, count: int, limit: int) -> AccountMail:
    mail = await filled(store, count)
    await mail.write(lambda db: quota.allow(db, None, limit))
    return mail


@stored
async def test_more_messages_than_may_be_are_refused_on_the_way_in(store: Store) -> None:
    mail = await with_messages(store, 2, limit=3)
    await store.room(ALICE, 100)
    await mail.write(lambda db: quota.allow(db, None, 2))
    with pytest.raises(OverQuota):
        await store.room(ALICE, 100)


@stored
async def test_a_copy_past_the_number_of_messages_is_refused_and_a_move_is_not(store: Store) -> None:
    mailbox = await (await with_messages(store, 2, limit=3)).open(INBOX)
    with pytest.raises(OverQuota):
        await mailbox.copy(ALL, WORK)
    assert len((await mailbox.move(ALL, WORK)).target) == 2


def taken(answers: Sequence[object]) -> str:
    """ "yes no" of what `place` answered."""
    return " ".join("no" if isinstance(answer, OverQuota) else "yes" for answer in answers)


@stored
async def test_of_mail_that_comes_together_as_many_as_may_be_are_kept(store: Store) -> None:
    mail = await with_messages(store, 0, limit=3)
    assert taken(await store.place(Post("w1").letters(5))) == "yes yes yes no no"
    assert list((await texts(await mail.open(INBOX))).values()) == ["letter 1", "letter 2", "letter 3"]
    assert len(files(mail, "new")) == 3


@stored
async def test_one_that_is_too_large_leaves_room_for_a_smaller_one(store: Store) -> None:
    mail, post = await filled(store, 0), Post("w1")
    letters = [post.letter("x" * 100), post.letter("y" * 100), post.letter("z")]
    await store.set_quota(ALICE, sum(each.digest.wire_size for each in letters) - 200)
    assert taken(await store.place(letters)) == "yes no yes"
    assert (await mail.quota()).storage_used <= ((await mail.quota()).storage_limit or 0)


@stored
async def test_the_last_octet_may_be_used(store: Store) -> None:
    mail, letter = await filled(store, 0), Post("w1").letter()
    await store.set_quota(ALICE, letter.digest.wire_size)
    assert taken(await store.place([letter])) == "yes"
    with pytest.raises(OverQuota):
        await store.room(ALICE, 0)
    assert (await mail.quota()).messages == 1


@stored
async def test_what_comes_together_is_refused_whole(store: Store) -> None:
    mail, letters = await with_messages(store, 0, limit=3), Post("w1").letters(6)
    for letter in letters[:5]:
        letter.together = 1
    assert taken(await store.place(letters)) == "no no no no no yes"
    assert await texts(await mail.open(INBOX)) == {1: "letter 6"}


@stored
async def test_what_was_promised_is_kept_whatever_the_limits(store: Store) -> None:
    mail, letters = await with_messages(store, 0, limit=1), Post("w1").letters(2)
    for letter in letters:
        letter.promised = True
    assert taken(await store.place(letters)) == "yes yes"
    assert (await mail.quota()).messages == 2


@stored
async def test_a_batch_of_which_nothing_is_kept_is_no_news(store: Store) -> None:
    mail = await with_messages(store, 1, limit=1)
    before = await (await mail.open(INBOX)).latest()
    assert taken(await store.place(Post("w1").letters(2))) == "no no"
    assert (await (await mail.open(INBOX)).latest()) is before


async def replacing(store: Store, text: str) -> tuple[AccountMail, Arrival]:
    """Alice's mail is full; a letter of that text is to replace her second one."""
    mail = await filled(store, 3)
    now = await mail.quota()
    await store.set_quota(ALICE, now.storage_used, now.messages)
    letter = Post("w1").letter(text)
    letter.replaces = Replaced(INBOX, (await mail.status(INBOX)).uid_validity, 2)
    return mail, letter


@stored
async def test_a_full_account_takes_one_for_another_that_is_no_larger(store: Store) -> None:
    mail, letter = await replacing(store, "letter X")
    await store.room(ALICE, letter.digest.wire_size, 1, letter.replaces)
    assert taken(await store.place([letter])) == "yes"
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 3, 4]


@stored
async def test_that_one_could_be_replaced_tells_nothing_of_others(store: Store) -> None:
    _, letter = await replacing(store, "letter X")
    await store.room(ALICE, letter.digest.wire_size, 1, letter.replaces)
    with pytest.raises(OverQuota):
        await store.room(ALICE, 0)


@stored
async def test_a_full_account_takes_none_for_one_that_is_smaller(store: Store) -> None:
    mail, letter = await replacing(store, "a larger letter")
    with pytest.raises(OverQuota):
        await store.room(ALICE, letter.digest.wire_size, 1, letter.replaces)
    assert taken(await store.place([letter])) == "no"
    assert list((await (await mail.open(INBOX)).latest()).uids) == [1, 2, 3]


@stored
async def test_a_full_account_takes_none_for_one_that_is_gone(store: Store) -> None:
    _, letter = await replacing(store, "letter X")
    letter.replaces = Replaced(INBOX, 1, 2)
    with pytest.raises(OverQuota):
        await store.room(ALICE, letter.digest.wire_size, 1, letter.replaces)
    assert taken(await store.place([letter])) == "no"


@stored
async def test_an_account_beyond_its_limits_may_replace_too(store: Store) -> None:
    _, letter = await replacing(store, "less")
    await store.set_quota(ALICE, 10, 1)
    await store.room(ALICE, letter.digest.wire_size, 1, letter.replaces)
    assert taken(await store.place([letter])) == "yes"


@stored
async def test_what_is_used_and_allowed_is_told(store: Store) -> None:
    mail = await with_messages(store, 2, limit=3)
    await store.set_quota(ALICE, 5000, 3)
    size = (await mail.status(INBOX)).size
    assert await mail.quota() == (size, 5000, 2, 3)


@stored
async def test_the_size_of_what_is_deleted_is_told(store: Store) -> None:
    mail = await filled(store, 2)
    assert (await mail.status(INBOX)).deleted_size == 0
    await (await mail.open(INBOX)).store(ALL, FlagChange.ADD, ("\\Deleted",))
    assert (await mail.status(INBOX)).deleted_size == (await mail.status(INBOX)).size
