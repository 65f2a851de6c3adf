"""A view moves on by what it tells; expunges in bulk are told right."""

import asyncio
from array import array

import pytest

from aids.mailroom import Mailroom
from tayori.imap import reply
from tayori.imap.flags import RECENT
from tayori.imap.view import News, View
from tayori.model import INBOX, MAX_KEYWORDS, SEEN, Changes, FlagChange, Snapshot


def view(mailroom: Mailroom, read_only: bool = False, first_recent: int = 99) -> View:
    now = asyncio.run(mailroom.inbox.latest())
    return View(mailroom.inbox, INBOX, now, read_only, first_recent)


def news(of: View, expunges: bool = True) -> list[News]:
    return asyncio.run(of.advance(expunges))


def mailroom_of(count: int) -> Mailroom:
    return Mailroom(messages=[b"Subject: x\r\n\r\n"] * count)


def test_nothing_new_costs_no_news() -> None:
    assert news(view(mailroom_of(3))) == []


def test_a_view_shares_its_snapshots_uids_while_nothing_is_gone() -> None:
    mailroom = mailroom_of(3)
    one, other = view(mailroom), view(mailroom)
    assert one.uids is other.uids


def test_ten_thousand_expunges_are_told_with_the_numbers_of_their_time() -> None:
    mailroom = mailroom_of(20_000)
    of = view(mailroom)
    numbers = list(range(1, 20_001))
    asyncio.run(mailroom.inbox.remove([(uid, uid) for uid in range(1, 20_001, 2)]))
    [one] = news(of)
    for line in reply.expunged(one).splitlines():
        del numbers[int(line.split()[1]) - 1]
    assert numbers == list(of.uids) == list(range(2, 20_001, 2))


def test_what_is_gone_untold_keeps_its_place_and_is_told_later() -> None:
    mailroom = mailroom_of(4)
    of = view(mailroom)
    asyncio.run(mailroom.inbox.remove([(2, 2)]))
    mailroom.inbox.add(b"x")
    news(of, expunges=False)
    asyncio.run(mailroom.inbox.remove([(4, 4)]))
    news(of, expunges=False)
    assert (list(of.uids), of.gone) == ([1, 2, 3, 4, 5], [2, 4])
    [one] = news(of)
    assert (one.expunged, one.expunged_places, list(of.uids)) == ([2, 4], [1, 3], [1, 3, 5])


def test_a_portion_leaves_out_what_is_gone() -> None:
    mailroom = mailroom_of(4)
    of = view(mailroom)
    asyncio.run(mailroom.inbox.store([(3, 3)], FlagChange.ADD, ("\\Seen",)))
    asyncio.run(mailroom.inbox.remove([(2, 2)]))
    news(of, expunges=False)
    assert of.portion([(0, 4)]) == ([1, 3, 4], [1, 3, 4], [0, SEEN, 0])


def test_a_portion_may_be_of_several_spans() -> None:
    of = view(mailroom_of(5), first_recent=4)
    assert of.portion([(0, 1), (3, 5)]) == ([1, 4, 5], [1, 4, 5], [0, RECENT, RECENT])


class Busy:
    """A mailbox into which one more message comes whenever \\Recent is claimed."""

    def __init__(self, mailroom: Mailroom) -> None:
        self.inbox = mailroom.inbox

    async def advance(self, told: Snapshot) -> Changes:
        return await self.inbox.advance(told)

    async def claim_recent(self) -> int:
        self.inbox.add(b"x")
        return await self.inbox.claim_recent()


def test_what_comes_while_recent_is_claimed_is_told_as_recent_too() -> None:
    mailroom = mailroom_of(1)
    of = view(mailroom)
    of.mailbox = Busy(mailroom)  # type: ignore[assignment]
    mailroom.inbox.recent_from = 2
    mailroom.inbox.add(b"x")
    assert [(one.exists, one.recent) for one in news(of)] == [(2, None), (3, 2)]


def test_reading_only_claims_nothing() -> None:
    mailroom = mailroom_of(1)
    of = view(mailroom, read_only=True)
    mailroom.inbox.add(b"x")
    assert [(one.exists, one.recent) for one in news(of)] == [(2, 1)]
    assert mailroom.inbox.recent_from == 1


@pytest.mark.parametrize(
    ("flags", "place"),
    [([0], 0), ([SEEN, SEEN | 1 << 40, 1 << 40], 2), ([SEEN], None), ([], None), ([SEEN] * 2000 + [0, SEEN], 2000)],
)
def test_the_first_unseen_is_found(flags: list[int], place: int | None) -> None:
    uids = array("I", range(1, len(flags) + 1))
    now = Snapshot(1, 9, 1, (), uids, array("q", flags))
    assert View(Mailroom().inbox, INBOX, now, False, 9).first_unseen() == place


@pytest.mark.parametrize("chosen", [[1], [3, 5], [1, 3, 5, 7], [5, 6]])
def test_numbers_are_places_of_few_and_of_many(chosen: list[int]) -> None:
    now = Snapshot(1, 9, 1, (), array("I", range(1, 9, 2)), array("q", [0] * 4))
    of = View(Mailroom().inbox, INBOX, now, False, 9)
    assert of.numbers(chosen) == [sum(uid < one for uid in now.uids) + 1 for one in chosen]


@pytest.mark.parametrize("uids", [[5, 6, 7], [1, 2, 3], [2, 5, 9]])
def test_numbers_follow_the_order_that_is_given(uids: list[int]) -> None:
    now = Snapshot(1, 10, 1, (), array("I", uids), array("q", [0] * 3))
    of = View(Mailroom().inbox, INBOX, now, False, 10)
    assert of.numbers_in_order([uids[2], uids[0], uids[1]]) == [3, 1, 2]
    assert (of.numbers_in_order([uids[2], uids[0]]), of.numbers(uids[1:])) == ([3, 1], [2, 3])


@pytest.mark.parametrize(("keywords", "more"), [(MAX_KEYWORDS - 1, True), (MAX_KEYWORDS, False)])
def test_that_there_can_be_more_keywords_is_told_while_it_holds(keywords: int, more: bool) -> None:
    mailroom = mailroom_of(1)
    names = tuple(f"k{number}" for number in range(keywords))
    asyncio.run(mailroom.inbox.store([(1, 1)], FlagChange.ADD, names))
    assert (b" \\*)]" in reply.flags(view(mailroom))) is more
