"""Figures in memory are the catalog's, whatever comes and goes between two searches."""

import asyncio
import random
from pathlib import Path
from unittest.mock import patch

import pytest

from aids.stored import ALICE, NOW, Post, deliver, filled, opened, stored
from tayori.model import INBOX, FlagChange, ModSeqFrom
from tayori.store import figures, search
from tayori.store.account import AccountMail
from tayori.store.catalog import Catalog
from tayori.store.figures import Figure, column
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store


async def kept(mail: AccountMail, inbox: OpenMailbox, figure: Figure) -> list[int]:
    return list(await column(mail.catalog, inbox.mailbox_id, await inbox.latest(), figure))


async def asked(mail: AccountMail, inbox: OpenMailbox, expression: str) -> list[int]:
    query = f"select {expression} from entry e join mail m on m.id = e.mail_id where e.mailbox_id = ? order by e.uid"
    return [value for (value,) in await mail.catalog.rows(tuple[int], query, (inbox.mailbox_id,))]


async def something(store: Store, inbox: OpenMailbox, post: Post, chance: random.Random) -> None:
    """Some come, go, or get a flag."""
    letters = post.letters(chance.randrange(4))
    for letter in letters:
        letter.received = NOW + chance.randrange(10**7)
    await deliver(store, letters)
    uids = (await inbox.latest()).uids
    some = [(uid, uid) for uid in chance.sample(list(uids), min(len(uids), chance.randrange(3)))]
    if some and chance.random() < 0.5:
        await inbox.remove(sorted(some))
    elif some:
        await inbox.store(sorted(some), FlagChange.ADD, ("\\Seen",))


@pytest.mark.parametrize("seed", range(4))
def test_a_column_is_what_the_catalog_has_whatever_came_and_went(tmp_path: Path, seed: int) -> None:
    async def lived() -> None:
        chance, post = random.Random(seed), Post()
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            inbox = await mail.open(INBOX)
            for _ in range(30):
                await something(store, inbox, post, chance)
                figure = chance.choice(list(Figure))
                assert await kept(mail, inbox, figure) == await asked(mail, inbox, figure.value)

    with patch.object(figures, "SLICE", 2):
        asyncio.run(lived())


@pytest.mark.parametrize("seed", range(4))
def test_what_changed_since_is_found_whatever_came_and_went(tmp_path: Path, seed: int) -> None:
    async def lived() -> None:
        chance, post = random.Random(seed), Post()
        async with opened(tmp_path) as store:
            mail = await store.mailboxes(ALICE)
            inbox = await mail.open(INBOX)
            for _ in range(30):
                await something(store, inbox, post, chance)
                modseqs = await asked(mail, inbox, "e.modseq")
                wanted = chance.choice([*modseqs, 1, (await inbox.latest()).modseq + 1])
                at = zip((await inbox.latest()).uids, modseqs, strict=True)
                assert await inbox.search(ModSeqFrom(wanted)) == [uid for uid, modseq in at if modseq >= wanted]

    with patch.object(search, "SLICE", 2):
        asyncio.run(lived())


@stored
async def test_what_is_kept_is_not_asked_again(store: Store) -> None:
    mail = await filled(store, 3)
    inbox = await mail.open(INBOX)
    first = await kept(mail, inbox, Figure.SIZE)
    await inbox.store([(2, 2)], FlagChange.ADD, ("\\Seen",))
    now = await inbox.latest()
    with patch.object(Catalog, "rows", side_effect=AssertionError):
        assert list(await column(mail.catalog, inbox.mailbox_id, now, Figure.SIZE)) == first


@stored
async def test_what_is_gone_since_the_version_stands_on_no_day(store: Store) -> None:
    mail = await filled(store, 3)
    inbox = await mail.open(INBOX)
    told = await inbox.latest()
    await inbox.remove([(2, 2)])
    assert (await column(mail.catalog, inbox.mailbox_id, told, Figure.SIZE))[1] == figures.NEVER
