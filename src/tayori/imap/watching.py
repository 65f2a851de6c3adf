"""A client that watches: what it is told with its commands, and between them. RFC 5465."""

from bisect import bisect_left

from tayori.errors import NotificationOverflow
from tayori.imap.engine import Command
from tayori.imap.notify_groups import Event, Wanted
from tayori.imap.offer import Verb
from tayori.imap.own_changes import NOTHING, OwnChanges, own_changes
from tayori.imap.session import Session
from tayori.imap.view import Arrivals, View
from tayori.imap.watched import Watched

_TELLS_ITS_OWN = frozenset({b"EXPUNGE", b"UID EXPUNGE", b"MOVE", b"UID MOVE", b"REPLACE", b"UID REPLACE"})
"""What these did to the selected mailbox is told as news, and must be."""


class Watching:
    """What one NOTIFY has asked for. A session that has one asks it what to tell and when.

    While the client wants no news of the selected mailbox that stands still for it, until it changes something itself.
    """

    __slots__ = ("_begins", "_own", "_session", "_uid_next", "_unfollow", "_view", "_watched", "tells_news", "wanted")

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self.wanted = wanted
        self.tells_news = wanted.selected.events is not Event.NOTHING
        self._session = session
        self._view: View | None = None  # of the selected mailbox, when it was looked at last
        self._uid_next = 0  # of it: what lies below has been told of
        self._own = NOTHING  # of the command that ends
        self._begins = wanted.noop  # that command is NOTIFY SET, which implies NOOP, RFC 5465 section 3.1
        self._watched = Watched(session, wanted) if wanted.groups else None
        _, mailboxes = session.account_mail()
        waits = self.tells_news or wanted.groups
        self._unfollow = mailboxes.follow(session.peer.wake) if waits else None

    async def begin(self) -> None:
        """Take in how all stands now, and tell it where that was asked. Raises NotificationOverflow, TryLater."""
        self._look_at_view()
        if self._watched is not None:
            await self._watched.begin()

    def end(self) -> None:
        if self._unfollow is not None:
            self._unfollow()

    def tells_flags(self) -> bool:
        """Who resynchronizes by HIGHESTMODSEQ is told of all that it covers."""
        asked = self._begins or self.wanted.selected.events & Event.FLAG_CHANGE
        return bool(asked) or b"QRESYNC" in self._session.enabled

    # ---- when

    async def after(self, command: Command, verb: Verb | None, response: bytes) -> None:
        """Tell what is to be told before a command's response. Raises MailboxGone, TryLater."""
        tells = self._begins or command.name in _TELLS_ITS_OWN
        stands_still, self.tells_news = not self.tells_news, self.tells_news or tells
        try:
            own = own_changes(command, response, self._session.placed, self._session.utf8)
            await self.tell(verb is not None and verb.expunges, own)
        finally:
            self._own, self._begins = NOTHING, False
            self.tells_news = not stands_still and self.tells_news

    async def between(self) -> None:
        """Tell what is to be told while no command runs. Raises MailboxGone, TryLater."""
        await self.tell(self.wanted.selected.at_once)

    async def tell(self, expunges: bool, own: OwnChanges = NOTHING) -> None:
        self._look_at_view()
        self._own = own
        await self._session.tell_news(expunges)
        if self._watched is not None:
            try:
                await self._watched.tell(own)
            except NotificationOverflow:
                self._give_up()

    def _give_up(self) -> None:
        """From here on all is as after NOTIFY NONE. RFC 5465 section 5.8."""
        self._session.write(b"* OK [NOTIFICATIONOVERFLOW] That is more than is watched for one client\r\n")
        self.wanted, self.tells_news, self._watched = Wanted(), False, None

    # ---- the selected mailbox

    def _look_at_view(self) -> None:
        view = self._session.view
        if view is not self._view:
            self._view, self._uid_next = view, view.now.uid_next if view is not None else 0

    def arrivals(self, view: View) -> list[Arrivals]:
        """What was asked for of each new message, but for the client's own. RFC 5465 section 5.2."""
        fetch, own = self.wanted.selected.fetch, self._own
        if fetch is None:
            return []
        first, self._uid_next = self._uid_next, view.now.uid_next
        new = [uid for uid in view.uids[bisect_left(view.uids, first) :] if not own.has_placed(view, uid)]
        return [(fetch, new)] if new else []
