"""Contexts: results that the client is told of as they change. RFC 5267 section 4.3.

Laws: what is told makes of the result told before, in the order it is told, the one that the same search would give now
among the messages that the client knows; only what has come or changed is searched for that.
"""

from abc import ABC, abstractmethod
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence

from tayori.errors import ClientBug
from tayori.imap import search_results, sorting
from tayori.imap.fetch_items import Request
from tayori.imap.search_results import Piece, Result
from tayori.imap.sequence import joined, set_of, uid_ranges
from tayori.imap.session import Session
from tayori.imap.sorting import Criterion
from tayori.imap.view import Arrivals, News, View
from tayori.model import And, SearchKey, Uids

MAX_CONTEXTS = 10  # of one session
MAX_FOLLOWED = 2**20  # messages in all contexts of one session, of which the first may have any number; 4 octets each
LOOKED_AT = 1000  # messages that are searched again before others get a turn

UPDATE, CONTEXT = b"UPDATE", b"CONTEXT"
OPTIONS = frozenset({UPDATE, CONTEXT})
"""Options of RETURN that say nothing of a result by themselves."""

Read = Callable[[], SearchKey]
"""The search's key as it is meant now."""


def results(pieces: Iterable[bytes]) -> frozenset[bytes]:
    """Of RETURN's options, those that ask for a result."""
    return frozenset(pieces) - OPTIONS


def check_tag(session: Session, view: View, pieces: Mapping[bytes, Piece] | None) -> None:
    """Raises ClientBug: a search of this tag is being followed. RFC 5267 section 4.3."""
    if pieces and UPDATE in pieces and session.tag in view.followers:
        raise ClientBug("The result of a search with that tag is being followed")


def refuse(session: Session) -> None:
    """RFC 5267 section 4.3.1."""
    session.write(b'* NO [NOUPDATE "%b"] The result is not followed\r\n' % session.tag)


class Update:
    """The option UPDATE, a Piece; with what is told of each message that comes and is found. RFC 5465 section 7."""

    def __init__(self, fetch: Request | None = None) -> None:
        self.fetch = fetch

    def __call__(self, _: Result) -> bytes:
        return b""


class _Followed(ABC):
    """One search's result, by UIDs. Implements view.Follower."""

    __slots__ = ("_arrived", "_by_uid", "_fetch", "_next", "_read", "_session", "_tag", "_untold", "_view", "uids")

    def __init__(self, session: Session, view: View, by_uid: bool, read: Read, uids: Iterable[int]) -> None:
        self._session = session
        self._view = view
        self._tag = session.tag
        self._by_uid = by_uid
        self._read = read
        self._next = view.now.uid_next  # messages from here on have not been looked at
        self._fetch: Request | None = None
        self._arrived: list[int] = []  # of what was found, what is to be fetched
        self._untold: list[bytes] = []  # responses
        self.uids = array("I", uids)

    def begin(self, steady: bool, update: Piece) -> None:
        """Be told as `update` wants it; refuse where that would cost too much, or the limit has cut the result."""
        followers = self._view.followers
        kept = sum(len(one.uids) for one in followers.values() if isinstance(one, _Followed))
        too_many = len(followers) >= MAX_CONTEXTS or (followers and kept + len(self.uids) > MAX_FOLLOWED)
        if too_many or not steady or self._session.cut is not None:
            refuse(self._session)
        else:
            followers[self._tag] = self
            self._fetch = update.fetch if isinstance(update, Update) else None

    # ---- view.Follower

    def leave_out(self, news: News) -> None:
        """Told by the numbers that count before the EXPUNGEs."""
        numbers = [place + 1 for place in news.expunged_places]
        self._say(self._removed(news.expunged, numbers))
        self.tell()

    async def look_again(self, changed: Iterable[int]) -> None:
        view = self._view
        spans = [*view.spans_of(sorted(changed)), (bisect_left(view.uids, self._next), len(view.uids))]
        uids = [uid for first, stop in joined(spans) for uid in view.uids[first:stop]]
        for at in range(0, len(uids), LOOKED_AT):
            await self._look_at(uids[at : at + LOOKED_AT])
            await self._session.peer.room()
        self._next = view.now.uid_next

    async def _look_at(self, uids: Sequence[int]) -> None:
        """Tell what is other than it was with these ascending UIDs."""
        matching = set(await self._view.mailbox.search(And((Uids(uid_ranges(uids)), self._read()))))
        here = self._here(uids)
        lost, found = sorted(here - matching), sorted(matching - here)
        if self._fetch is not None:
            self._arrived += found[bisect_left(found, self._next) :]
        removed, added = self._removed(lost, self._numbers(lost)) if lost else b"", b""
        try:
            added = await self._added(found) if found else b""
        finally:  # what was taken out is told also where a key of what comes cannot be read now
            self._say(removed, added)

    def arrivals(self) -> list[Arrivals]:
        arrived, self._arrived = self._arrived, []
        return [(self._fetch, arrived)] if self._fetch is not None and arrived else []

    def tell(self) -> None:
        self._session.write(b"".join(self._untold))
        self._untold.clear()

    # ---- what is said

    def _say(self, *pieces: bytes) -> None:
        if any(pieces):
            self._untold.append(search_results.extended(self._tag, self._tells_uids, pieces))

    @property
    def _tells_uids(self) -> bool:
        return self._by_uid or self._session.uid_only

    def _numbers(self, uids: Sequence[int]) -> list[int]:
        return self._view.numbers(uids)

    def _told(self, uids: Sequence[int], numbers: Sequence[int]) -> Sequence[int]:
        return uids if self._tells_uids else numbers

    @abstractmethod
    def _here(self, uids: Sequence[int]) -> set[int]:
        """Those of the ascending UIDs that are in the result."""

    @abstractmethod
    def _removed(self, uids: Sequence[int], numbers: Sequence[int]) -> bytes:
        """Take out what is in the result of these ascending UIDs."""

    @abstractmethod
    async def _added(self, uids: Sequence[int]) -> bytes:
        """Take in these ascending UIDs."""


class FollowedSearch(_Followed):
    """SEARCH's result has no order: positions are 0. RFC 5267 section 4.3.3."""

    __slots__ = ()

    def _here(self, uids: Sequence[int]) -> set[int]:
        return {uid for uid in uids if self._holds(bisect_left(self.uids, uid), uid)}

    def _holds(self, place: int, uid: int) -> bool:
        return place < len(self.uids) and self.uids[place] == uid

    def _removed(self, uids: Sequence[int], numbers: Sequence[int]) -> bytes:
        told, places = [], []
        for uid, number in zip(uids, self._told(uids, numbers), strict=True):
            place = bisect_left(self.uids, uid)
            if self._holds(place, uid):
                places.append(place)
                told.append(number)
        self.uids = _without(self.uids, places)
        return b"REMOVEFROM (0 %b)" % set_of(told) if told else b""

    async def _added(self, uids: Sequence[int]) -> bytes:
        for uid in uids:
            self.uids.insert(bisect_left(self.uids, uid), uid)
        return b"ADDTO (0 %b)" % set_of(self._told(uids, self._numbers(uids)))


class FollowedSort(_Followed):
    """SORT's result has places, counted from 1, each as it is once what stands before it in the response was done."""

    __slots__ = ("_wanted",)

    def __init__(
        self,
        session: Session,
        view: View,
        by_uid: bool,
        read: Read,
        uids: Iterable[int],
        wanted: Sequence[Criterion],
    ) -> None:
        super().__init__(session, view, by_uid, read, uids)
        self._wanted = wanted

    def _here(self, uids: Sequence[int]) -> set[int]:
        return set(uids).intersection(self.uids)

    def _removed(self, uids: Sequence[int], numbers: Sequence[int]) -> bytes:
        """One by one: a set at one position is read in more than one way."""
        told = dict(zip(uids, self._told(uids, numbers), strict=True))
        places = [place for place, uid in enumerate(self.uids) if uid in told]
        pairs = [b"%d %d" % (place - before + 1, told[self.uids[place]]) for before, place in enumerate(places)]
        self.uids = _without(self.uids, places)
        return b"REMOVEFROM (%b)" % b" ".join(pairs) if pairs else b""

    async def _added(self, uids: Sequence[int]) -> bytes:
        told = dict(zip(uids, self._told(uids, self._numbers(uids)), strict=True))
        placed = await sorting.placed(self._view, self.uids, uids, self._wanted, self._session.peer)
        runs: list[tuple[int, list[int]]] = []
        for before, (place, uid) in enumerate(placed):
            self.uids.insert(place + before, uid)
            if not runs or runs[-1][0] + len(runs[-1][1]) != place + before:
                runs.append((place + before, []))
            runs[-1][1].append(told[uid])
        return b"ADDTO (%b)" % b" ".join([b"%d %b" % (place + 1, set_of(run)) for place, run in runs]) if runs else b""


def _without(uids: "array[int]", places: Iterable[int]) -> "array[int]":
    """All but those at ascending places: to take out one costs as many steps as stand behind it."""
    kept, start = array("I"), 0
    for place in places:
        kept += uids[start:place]
        start = place + 1
    return kept + uids[start:]
