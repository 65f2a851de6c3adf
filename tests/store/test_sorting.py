"""What SORT compares is made when it is first asked for, and kept."""

from unittest.mock import patch

import pytest

from aids.stored import ALICE, Post, deliver, filled, stored
from tayori.errors import NoSpace, TryLater
from tayori.message.sort_keys import SortKeys, sort_keys
from tayori.model import INBOX, Arrival, Column, Row
from tayori.store import sorting
from tayori.store.account import AccountMail
from tayori.store.catalog import Catalog
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]
COLUMNS = (Column.SUBJECT, Column.IS_REPLY, Column.FROM, Column.TO, Column.CC, Column.DISPLAY_FROM, Column.DISPLAY_TO)
TWO = [(1, "one", 1, "b", "", "", "b@example.net", ""), (2, "two", 0, "b", "", "", "b@example.net", "")]


def letters() -> list[Arrival]:
    post = Post()
    return [post.letter("Re: One"), post.letter("Two")]


async def asked(mail: AccountMail) -> list[Row]:
    return await (await mail.open(INBOX)).rows(ALL, COLUMNS)


async def kept(mail: AccountMail) -> int:
    return (await mail.catalog.rows(tuple[int], "select count(*) from sorting"))[0][0]


@stored
async def test_what_lacks_is_made_and_kept(store: Store) -> None:
    await deliver(store, letters())
    mail = await store.mailboxes(ALICE)
    assert (await kept(mail), await asked(mail), await kept(mail)) == (0, TWO, 2)


@stored
async def test_what_is_kept_is_not_made_again(store: Store) -> None:
    await deliver(store, letters())
    mail = await store.mailboxes(ALICE)
    await asked(mail)
    with patch.object(sorting, "sort_keys", side_effect=AssertionError):
        assert await asked(mail) == TWO


@stored
async def test_a_new_message_among_old_ones_is_made(store: Store) -> None:
    await deliver(store, letters()[:1])
    mail = await store.mailboxes(ALICE)
    await asked(mail)
    await deliver(store, letters()[1:])
    assert await asked(mail) == TWO


@stored
async def test_other_columns_may_stand_between(store: Store) -> None:
    await deliver(store, letters()[:1])
    mailbox = await (await store.mailboxes(ALICE)).open(INBOX)
    columns = (Column.FLAGS, Column.SUBJECT, Column.SAVE_DATE)
    assert await mailbox.rows(ALL, columns) == [(1, 0, "one", b"24-Nov-2026 05:49:00 +0000")]


@pytest.mark.parametrize("refused", [NoSpace("full"), TryLater("busy")])
def test_what_cannot_be_kept_is_given_all_the_same(tmp_path: object, refused: Exception) -> None:
    @stored
    async def held(store: Store) -> None:
        await deliver(store, letters())
        mail = await store.mailboxes(ALICE)
        with patch.object(Catalog, "write_apart", side_effect=refused):
            assert await asked(mail) == TWO
        assert await kept(mail) == 0

    held(tmp_path)  # type: ignore[arg-type]


@stored
async def test_making_them_is_no_step_of_history(store: Store) -> None:
    mail = await filled(store, 3)
    before = (await mail.status(INBOX)).highest_modseq
    await asked(mail)
    assert (await mail.status(INBOX)).highest_modseq == before


@stored
async def test_fill_makes_what_came_since(store: Store) -> None:
    mail = await filled(store, 3)
    with patch.object(sorting, "SLICE", 2):
        await sorting.fill(mail)
    assert await kept(mail) == 3


@stored
async def test_a_mail_that_goes_meanwhile_leaves_nothing(store: Store) -> None:
    mail = await filled(store, 2)

    def goes(envelope: bytes) -> SortKeys:
        mail.catalog.db().execute("update mail set envelope = '()' where id = 1")
        return sort_keys(envelope)

    with patch.object(sorting, "sort_keys", goes):
        await sorting.fill(mail)
    assert await kept(mail) == 1
