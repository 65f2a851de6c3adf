"""The selected mailbox as its client has been told of it. RFC 3501 section 7.4.1, RFC 9051 section 5.5.

Laws: place n of `uids` is what the client calls n + 1; it changes only by what `advance` reports, and the caller tells
all that is reported, in order; a UID that is gone keeps its place until expunges may be told.
"""

import sys
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, compress
from typing import NamedTuple, Protocol

from tayori.imap.fetch_items import Request
from tayori.imap.flags import RECENT, FlagTexts, flag_texts
from tayori.imap.sequence import SequenceSet, Span, joined
from tayori.model import SEEN, Changes, MailboxName, Ranges, Snapshot
from tayori.ports import Mailbox

_LOW_OCTET = 0 if sys.byteorder == "little" else 7  # of each number of flags: there lies \Seen's bit
_UNSEEN = bytes(not octet & SEEN for octet in range(256))

FEW = 16  # a part of all so small is looked up one by one
FIRST_LOOK = 256  # messages among which the first unseen one is looked for; then ever more


class Portion(NamedTuple):
    """Some messages of a view: sequence numbers, UIDs and flags (with RECENT) beside each other."""

    numbers: Sequence[int]
    uids: Sequence[int]
    flags: Sequence[int]

    def among(self, uids: Container[object]) -> "Portion":
        return self._chosen(list(map(uids.__contains__, self.uids)))

    def without(self, uids: Container[object]) -> "Portion":
        return self._chosen([not found for found in map(uids.__contains__, self.uids)])

    def _chosen(self, chosen: list[bool]) -> "Portion":
        if all(chosen):
            return self
        return Portion(*(list(compress(column, chosen)) for column in self))

    def sliced(self, size: int) -> "Iterator[Portion]":
        for at in range(0, len(self.uids), size):
            yield Portion(*(column[at : at + size] for column in self))


class News(NamedTuple):
    """What has changed in a view, to be told in this order; places are counted from 0."""

    keywords: bool  # there are new ones
    expunged: list[int]  # UIDs
    expunged_places: list[int]  # where they stood before, ascending
    exists: int | None  # how many messages there are now, if some have come
    recent: int | None  # how many of them are \Recent, if that has changed
    changed: Portion  # whose flags or MODSEQ differ


Arrivals = tuple[Request, Sequence[int]]
"""What is to be told of new messages, and their ascending UIDs."""


class Follower(Protocol):
    """Who is told of a view's changes, and tells the client what comes of them. RFC 5267 section 4.3."""

    def leave_out(self, news: News) -> None:
        """Before the client hears what is expunged."""

    async def look_again(self, changed: Iterable[int]) -> None:
        """After all other news, and say nothing yet; of the `changed` UIDs flags or MODSEQ may differ."""

    def arrivals(self) -> list[Arrivals]:
        """Of which messages more is to be told, once. RFC 5465 section 7."""

    def tell(self) -> None:
        """What has come of looking, behind those messages."""


class View:
    """A mailbox, and what has been told of it. `now` is the version told of; what is `gone` has left it untold.

    `first_recent` is the lowest UID that is \\Recent to this session; None: the client is told of no \\Recent at all.
    """

    __slots__ = (
        "changed", "followers", "gone", "mailbox", "name", "now", "read_only", "recent_spans", "saved", "tells_recent",
        "uids",
    )  # fmt: skip

    def __init__(
        self, mailbox: Mailbox, name: MailboxName, now: Snapshot, read_only: bool, first_recent: int | None
    ) -> None:
        self.mailbox = mailbox
        self.name = name
        self.read_only = read_only
        self.now = now
        self.uids = now.uids  # the snapshot's own, shared by many sessions, while nothing is gone untold
        self.gone: list[int] = []
        self.saved: Sequence[int] = ()  # UIDs that the last SEARCH saved, RFC 5182
        self.followers: dict[bytes, Follower] = {}  # by the tags of their searches
        self.changed: set[int] = set()  # UIDs that have changed since the followers looked again
        self.tells_recent = first_recent is not None
        self.recent_spans: list[Span] = joined([(first_recent or now.uid_next, now.uid_next)])  # UID to before UID

    # ---- moving on

    async def advance(self, expunges: bool) -> list[News]:
        """What has happened; with `expunges`, that messages are gone may be told now. Costs what has changed."""
        changes = await self.mailbox.advance(self.now)
        if changes.now is self.now and not (expunges and self.gone):
            return []
        first_new = self.now.uid_next
        news = [self._take(changes, expunges)]
        if news[0].exists is None or not self.tells_recent:
            return news
        if not self.read_only:
            first_new = await self.mailbox.claim_recent()
            changes = await self.mailbox.advance(self.now)  # the claim may have covered what came just now
            if changes.now is not self.now:
                news.append(self._take(changes, expunges))
        self.recent_spans = joined([*self.recent_spans, (first_new, self.now.uid_next)])
        news[-1] = news[-1]._replace(recent=self.recent)
        return news

    def _take(self, changes: Changes, expunges: bool) -> News:
        old, self.now = self.now, changes.now
        if self.followers:
            self.changed.update(changes.changed)
        arrived = self.now.uids[len(old.uids) - len(changes.vanished) :]
        gone = list(merge(self.gone, changes.vanished)) if self.gone else changes.vanished
        places: list[int] = []
        if gone and not expunges:
            self.uids = self.uids + arrived if arrived else self.uids  # shared still, at 100,000 messages 400 KB
            self.gone = gone
        else:
            places = self.places(gone)
            self.uids, self.gone = self.now.uids, []
        return News(
            keywords=self.now.keywords != old.keywords,
            expunged=gone if places else [],
            expunged_places=places,
            exists=len(self.uids) if arrived else None,
            recent=None,
            changed=self.portion_of(changes.changed),
        )

    # ---- what it knows

    @property
    def recent(self) -> int:
        """How many are \\Recent."""
        spans = [(bisect_left(self.uids, first), bisect_left(self.uids, stop)) for first, stop in self.recent_spans]
        return sum(stop - first for first, stop in spans)

    def recent_ranges(self) -> Ranges:
        return [(first, stop - 1) for first, stop in self.recent_spans]

    @property
    def texts(self) -> FlagTexts:
        return flag_texts(self.now.keywords)

    def first_unseen(self) -> int | None:
        """Its place in the version told of; looked for among octets, many at a time: a step for each would be slow."""
        flags, start, stop = self.now.flags, 0, FIRST_LOOK
        while start < len(flags):
            low_octets = flags[start:stop].tobytes()[_LOW_OCTET :: flags.itemsize]
            place = low_octets.translate(_UNSEEN).find(1)
            if place >= 0:
                return start + place
            start, stop = stop, 4 * stop
        return None

    def spans(self, chosen: SequenceSet, by_uid: bool) -> list[Span]:
        """Places of what a command names. Raises ProtocolError: no such number."""
        if chosen.is_saved:
            return self.spans_of(self.saved)
        return chosen.among_uids(self.uids) if by_uid else chosen.among_numbers(len(self.uids))

    def spans_of(self, uids: Sequence[int]) -> list[Span]:
        """Places of those ascending UIDs that are here."""
        known, places = self.uids, self.places(uids)
        there = zip(places, uids, strict=True)
        return joined((place, place + 1) for place, uid in there if place < len(known) and known[place] == uid)

    def ranges(self, spans: Iterable[Span]) -> Ranges:
        """The UIDs at these places."""
        return [(self.uids[first], self.uids[stop - 1]) for first, stop in spans]

    def places(self, uids: Sequence[int]) -> list[int]:
        """Where ascending UIDs stand, or would."""
        if FEW * len(uids) > len(self.uids):
            found = list(compress(range(len(self.uids)), map(set(uids).__contains__, self.uids)))
            if len(found) == len(uids):
                return found
        places, place = [], 0
        for uid in uids:
            place = bisect_left(self.uids, uid, place)
            places.append(place)
        return places

    def known(self, uids: Sequence[int]) -> Sequence[int]:
        """Those ascending UIDs that the client has been told of: none that came since."""
        return uids[: bisect_left(uids, self.now.uid_next)]

    def numbers(self, uids: Sequence[int]) -> list[int]:
        """Their sequence numbers; the UIDs ascend and are known."""
        before = self._before()
        if before is not None:
            return _less(uids, before)
        return [place + 1 for place in self.places(uids)]

    def _before(self) -> int | None:
        """How much more than its number each UID is, where that is the same for all."""
        uids = self.uids
        return uids[0] - 1 if uids and uids[-1] - uids[0] == len(uids) - 1 else None

    def numbers_in_order(self, uids: Sequence[int]) -> list[int]:
        """The same in whatever order."""
        before = self._before()
        if before is not None:
            return [uid - before for uid in uids]
        ascending = self.uids if len(uids) == len(self.uids) else sorted(uids)
        return list(map(dict(zip(ascending, self.numbers(ascending), strict=True)).__getitem__, uids))

    def portion(self, spans: Sequence[Span]) -> Portion:
        """What stands at these places and is not gone."""
        first, stop = spans[0]
        if len(spans) == 1 and not self.gone:
            return self._portion(range(first + 1, stop + 1), self.uids[first:stop], self.now.flags[first:stop])
        places = list(chain.from_iterable(range(first, stop) for first, stop in spans))
        if not self.gone:
            flags = [self.now.flags[place] for place in places]
            return self._portion([place + 1 for place in places], [self.uids[place] for place in places], flags)
        gone = set(self.gone)
        places = [place for place in places if self.uids[place] not in gone]
        uids = [self.uids[place] for place in places]
        return self._portion([place + 1 for place in places], uids, [self.flags(uid) for uid in uids])

    def told(self, spans: Iterable[Span]) -> Portion:
        """Numbers and UIDs alone, also of what is gone: the client may still name it. RFC 2180 section 4.1.1."""
        places = list(chain.from_iterable(range(first, stop) for first, stop in spans))
        return Portion([place + 1 for place in places], [self.uids[place] for place in places], [0] * len(places))

    def _portion(self, numbers: Sequence[int], uids: Sequence[int], flags: Sequence[int]) -> Portion:
        """The UIDs ascend."""
        if self.recent_spans and uids and self.recent_spans[-1][1] > uids[0]:
            flags = list(flags)
            for first, stop in self.recent_spans:
                recent = slice(bisect_left(uids, first), bisect_left(uids, stop))
                flags[recent] = [bits | RECENT for bits in flags[recent]]
        return Portion(numbers, uids, flags)

    def flags(self, uid: int) -> int:
        """The bits told last of a message that is not gone, without RECENT."""
        return self.now.flags[bisect_left(self.now.uids, uid)]

    def portion_of(self, uids: Sequence[int]) -> Portion:
        """Messages by ascending UIDs that are in the version told of."""
        return self._portion(self.numbers(uids), uids, flags_of(self.now, uids))


def _less(uids: Sequence[int], before: int) -> list[int]:
    """Each less `before`; they ascend."""
    if uids and uids[-1] - uids[0] == len(uids) - 1:
        return list(range(uids[0] - before, uids[-1] - before + 1))
    return [uid - before for uid in uids]


def flags_of(version: Snapshot, uids: Sequence[int]) -> list[int]:
    """The bits of messages of a version, by ascending UIDs, without RECENT."""
    if len(uids) == len(version.uids):
        return list(version.flags)
    if FEW * len(uids) > len(version.uids):
        return list(compress(version.flags, map(set(uids).__contains__, version.uids)))
    return [version.flags[bisect_left(version.uids, uid)] for uid in uids]
