"""The mailboxes that a client watches beside the selected one: STATUS and LIST say what happens there. RFC 5465.

Law: what is told is the difference between how they stand and how the client was told they stand. So nothing is lost
with a hint or behind a slow reader, and what comes and goes before it can be told costs nothing.
"""

from typing import NamedTuple

from tayori.errors import NotificationOverflow
from tayori.imap.annotations import entry_name
from tayori.imap.commands.list import row
from tayori.imap.list_options import ListRequest
from tayori.imap.modseq import CONDSTORE
from tayori.imap.notify_groups import MESSAGES_CHANGE, Event, Wanted
from tayori.imap.notify_names import Affected, affected
from tayori.imap.own_changes import Noted, OwnChanges
from tayori.imap.session import Session
from tayori.model import DELIMITER, MailboxInfo, MailboxName, Standing

MAX_WATCHED = 5_000  # names in an account; one that has more is not watched
AT_ONCE = 100  # responses, or names looked at, before others get a turn

_NOTED = Event.MAILBOX_METADATA_CHANGE | Event.SERVER_METADATA_CHANGE

_LISTED = ListRequest(attributes=[lambda info: b"\\Subscribed" if info.subscribed else b""])


class Place(NamedTuple):
    """A mailbox, and what is told of it."""

    name: MailboxName
    events: Event


class Watched:
    """How an account's mailboxes were told to stand."""

    __slots__ = ("_infos", "_modseq", "_places", "_session", "_standings", "_wanted")

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self._session = session
        self._wanted = wanted
        self._modseq = 0  # of the account, when it was looked at last
        self._infos: dict[str, MailboxInfo] = {}  # by name
        self._places: dict[str, Place] = {}  # by id
        self._standings: dict[str, Standing] = {}  # by id, of those whose messages are watched

    async def begin(self) -> None:
        """Take in how all stands, and tell it where STATUS was asked for. Raises NotificationOverflow, TryLater."""
        _, mailboxes = self._session.account_mail()
        changes = await mailboxes.changed_since(0)
        await self._list()
        for count, standing in enumerate(changes.mailboxes, 1):
            place = self._take(standing)
            if place is not None and self._wanted.status:
                self._tell_status(place, None, standing)
            await self._turn(count)
        self._modseq = changes.modseq

    async def tell(self, own: OwnChanges) -> None:
        """What has happened, but for the client's own changes. Raises NotificationOverflow, TryLater."""
        _, mailboxes = self._session.account_mail()
        changes = await mailboxes.changed_since(self._modseq)
        if changes.modseq == self._modseq:
            return
        if changes.names:
            await self._tell_names(own)
        for count, standing in enumerate(changes.mailboxes, 1):
            known = self._standings.get(standing.mailbox_id)
            place = self._take(standing)
            if place is not None and not own.explain(place.name, known, standing):
                self._tell_status(place, known, standing)
            await self._turn(count)
        if self._wanted.tells(_NOTED):
            await self._tell_noted(frozenset() if changes.modseq > self._modseq + 1 else own.noted)
        self._modseq = changes.modseq

    async def _turn(self, count: int) -> None:
        """After so many steps of a loop."""
        if count % AT_ONCE == 0:
            await self._session.peer.room()

    # ---- messages

    def _take(self, standing: Standing) -> Place | None:
        """Where it is, if that is to be told: of the selected mailbox other responses tell."""
        id = standing.mailbox_id
        place = self._places.get(id)
        if place is None or not place.events & MESSAGES_CHANGE:
            return None
        self._standings[id] = standing
        view = self._session.view
        return None if view is not None and view.mailbox.id == id else place

    def _tell_status(self, place: Place, known: Standing | None, now: Standing) -> None:
        if items := self._items(place.events, known, now):
            self._session.write(b"* STATUS %b (%b)\r\n" % (self._session.spelt(place.name), b" ".join(items)))

    def _items(self, events: Event, known: Standing | None, now: Standing) -> list[bytes]:
        """Nothing where only flags have changed and are not watched. RFC 5465 sections 5.1 to 5.3."""
        items: list[bytes] = []
        if known is None or known.holding != now.holding:
            items += [b"MESSAGES %d" % now.messages, b"UIDNEXT %d" % now.uid_next]
        elif not events & Event.FLAG_CHANGE:
            return items
        items.append(b"UIDVALIDITY %d" % now.uid_validity)
        if events & Event.FLAG_CHANGE and (known is None or known.unseen != now.unseen):
            items.append(b"UNSEEN %d" % now.unseen)
        if events & Event.FLAG_CHANGE or CONDSTORE in self._session.enabled:
            items.append(b"HIGHESTMODSEQ %d" % now.highest_modseq)
        return items

    # ---- METADATA

    async def _tell_noted(self, own: frozenset[Noted]) -> None:
        """Which entries were set or removed, and not to what. RFC 5465 sections 5.6 and 5.7, RFC 5464 section 4.4.2."""
        _, mailboxes = self._session.account_mail()
        entries: dict[MailboxName | None, list[bytes]] = {}
        for name, entry in await mailboxes.annotated_since(self._modseq):
            if (name, entry) not in own and self._tells_noted(name):
                entries.setdefault(name, []).append(entry_name(entry.encode("ascii")))
        for count, (name, noted) in enumerate(entries.items(), 1):
            self._session.write(b"* METADATA %b %b\r\n" % (self._session.spelt(name or ""), b" ".join(noted)))
            await self._turn(count)

    def _tells_noted(self, name: MailboxName | None) -> bool:
        if name is None:
            return self._wanted.tells(Event.SERVER_METADATA_CHANGE)
        info = self._infos.get(name)
        return info is not None and bool(self._wanted.events(info) & Event.MAILBOX_METADATA_CHANGE)

    # ---- names

    async def _list(self) -> None:
        """Read all names, and find what is told of each mailbox. Raises NotificationOverflow, TryLater."""
        _, mailboxes = self._session.account_mail()
        infos = await mailboxes.listing()
        if len(infos) > MAX_WATCHED:
            raise NotificationOverflow("The account has too many mailboxes to watch")
        places: dict[str, Place] = {}
        for count, info in enumerate(infos, 1):
            if info.id:
                places[info.id] = Place(info.name, self._wanted.events(info))
            await self._turn(count)
        self._infos, self._places = {info.name: info for info in infos}, places
        self._standings = {id: standing for id, standing in self._standings.items() if id in places}

    async def _tell_names(self, own: OwnChanges) -> None:
        """One LIST response for each name. RFC 5465 sections 5.4 and 5.5."""
        old = self._infos
        await self._list()
        told: dict[MailboxName, str] = {}
        for one in affected(old, self._infos, own.names):
            if self._is_watched(one):
                told[one.name] = told.get(one.name) or one.old_name
        with_children = {name.rpartition(DELIMITER)[0] for name, info in self._infos.items() if info.id}
        for count, (name, old_name) in enumerate(told.items(), 1):
            info = self._infos.get(name) or MailboxInfo(name, "", "", subscribed=False, selectable=False)
            listed = row(info, _LISTED, name in with_children, above=False) % self._session.spelt(name)
            former = b' ("OLDNAME" (%b))' % self._session.spelt(old_name) if old_name else b""
            self._session.write(b"* LIST %b%b\r\n" % (listed, former))
            await self._turn(count)

    def _is_watched(self, one: Affected) -> bool:
        """As it was, or as it is now."""
        infos = [info for info in (one.before, one.after) if info is not None]
        return any(one.event & self._wanted.events(info) for info in infos)
