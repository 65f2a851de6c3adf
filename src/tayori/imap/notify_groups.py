"""What NOTIFY SET asks for, from text to groups of events. RFC 5465 sections 5, 6 and 8.

A mailbox is told of as the first group says that holds it; the selected one as its own group says, and no other.
"""

from collections.abc import Container, Mapping
from enum import Flag, auto
from functools import reduce
from operator import or_
from typing import NamedTuple

from tayori.errors import BadEvent, NotificationOverflow, ProtocolError
from tayori.imap.fetch_items import FetchItem, Request, request
from tayori.imap.grammar import Arguments
from tayori.imap.mailbox_filters import FILTERS, Filter
from tayori.model import MailboxInfo

MAX_GROUPS = 50
MAX_NAMED = 1_000  # mailboxes given by name, in all groups


class Event(Flag):
    """RFC 5465 section 5."""

    NOTHING = 0
    MESSAGE_NEW = auto()
    MESSAGE_EXPUNGE = auto()
    FLAG_CHANGE = auto()
    ANNOTATION_CHANGE = auto()  # of messages, RFC 5257: none here
    MAILBOX_NAME = auto()
    SUBSCRIPTION_CHANGE = auto()
    MAILBOX_METADATA_CHANGE = auto()
    SERVER_METADATA_CHANGE = auto()
    UNKNOWN = auto()


MESSAGES_CHANGE = Event.MESSAGE_NEW | Event.MESSAGE_EXPUNGE
_OF_MESSAGES = MESSAGES_CHANGE | Event.FLAG_CHANGE | Event.ANNOTATION_CHANGE

_NAMES = {
    "MessageNew": Event.MESSAGE_NEW,
    "MessageExpunge": Event.MESSAGE_EXPUNGE,
    "FlagChange": Event.FLAG_CHANGE,
    "AnnotationChange": Event.ANNOTATION_CHANGE,
    "MailboxName": Event.MAILBOX_NAME,
    "SubscriptionChange": Event.SUBSCRIPTION_CHANGE,
    "MailboxMetadataChange": Event.MAILBOX_METADATA_CHANGE,
    "ServerMetadataChange": Event.SERVER_METADATA_CHANGE,
}
_EVENTS = {name.upper().encode("ascii"): event for name, event in _NAMES.items()}

_OTHERS = frozenset({b"INBOXES", b"PERSONAL", b"SUBSCRIBED", b"SUBTREE", b"MAILBOXES"})
_AT_ONCE = {b"SELECTED": True, b"SELECTED-DELAYED": False}


class Group(NamedTuple):
    """Some mailboxes, and what is told of them."""

    filter: Filter
    events: Event


class Selected(NamedTuple):
    """What is told of the selected mailbox: nothing, where no group is for it. RFC 5465 section 3.1."""

    events: Event = Event.NOTHING
    at_once: bool = False  # EXPUNGE too, between commands
    fetch: Request | None = None  # what is told of each message that comes


class Wanted(NamedTuple):
    """All of one NOTIFY."""

    selected: Selected = Selected()
    groups: tuple[Group, ...] = ()
    status: bool = False  # how the mailboxes stand is told at once
    noop: bool = False  # and what has happened in the selected one until now; by NONE it is not

    def tells(self, event: Event) -> bool:
        """Whether any group asks for it; which mailboxes it holds means nothing to what is the server's."""
        return any(event & group.events for group in self.groups)

    def events(self, info: MailboxInfo) -> Event:
        """What is told of a mailbox that is not selected."""
        return next((group.events for group in self.groups if group.filter.holds(info)), Event.NOTHING)


def told(names: Container[bytes]) -> Event:
    """The events that are told where these capabilities are offered. RFC 5465 sections 5.6 and 5.7."""
    events = MESSAGES_CHANGE | Event.FLAG_CHANGE | Event.MAILBOX_NAME | Event.SUBSCRIPTION_CHANGE
    if b"METADATA" in names:
        events |= Event.MAILBOX_METADATA_CHANGE | Event.SERVER_METADATA_CHANGE
    elif b"METADATA-SERVER" in names:
        events |= Event.SERVER_METADATA_CHANGE
    return events


def wanted(arguments: Arguments, items: Mapping[bytes, FetchItem], told: Event) -> Wanted:
    """NONE, or SET [STATUS] groups of events that are told. Raises ProtocolError, BadEvent, NotificationOverflow."""
    arguments.space()
    word = arguments.word()
    if word == b"NONE":
        arguments.end()
        return Wanted()
    if word != b"SET":
        raise ProtocolError("SET or NONE is expected")
    arguments.space()
    return _Reader(arguments, items, told).groups()


class _Reader:
    """Takes the groups one by one; an event that is not told here is refused once all of it is grammar."""

    def __init__(self, arguments: Arguments, items: Mapping[bytes, FetchItem], told: Event) -> None:
        self._arguments = arguments
        self._items = items
        self._told = told
        self._selected: Selected | None = None
        self._groups: list[Group] = []
        self._fetch: Request | None = None  # of the group that is being read
        self._unsupported = False

    def groups(self) -> Wanted:
        arguments = self._arguments
        status = arguments.skip_word(b"STATUS ")
        self._group()
        count = 1
        while not arguments.at_end():
            arguments.space()
            self._group()
            count += 1
        arguments.end()
        if self._unsupported:
            names = [name for name, event in _NAMES.items() if event & self._told]
            raise BadEvent("Such an event is not told here", names)
        if count > MAX_GROUPS or sum(group.filter.named for group in self._groups) > MAX_NAMED:
            raise NotificationOverflow("That is too much to watch")
        return Wanted(self._selected or Selected(), tuple(self._groups), status, noop=True)

    def _group(self) -> None:
        """(filter events). RFC 5465 section 8, event-group."""
        arguments = self._arguments
        arguments.need(b"(")
        word = arguments.word()
        self._fetch = None
        if word in _AT_ONCE:
            self._take_selected(_AT_ONCE[word])
        elif word in _OTHERS:
            self._groups.append(Group(FILTERS[word](arguments), self._events()))
            if self._fetch is not None:
                raise ProtocolError("Only of the selected mailbox can new messages be fetched")
        else:
            raise ProtocolError("There is no such filter of mailboxes")
        arguments.need(b")")

    def _take_selected(self, at_once: bool) -> None:
        events = self._events()
        if self._selected is not None:
            raise ProtocolError("One group is for the selected mailbox")
        if events & ~_OF_MESSAGES & ~Event.UNKNOWN:
            raise ProtocolError("Of the selected mailbox only its messages can be told so")
        self._selected = Selected(events, at_once, self._fetch)

    def _events(self) -> Event:
        """NONE, or what is to be told. RFC 5465 section 8, events."""
        arguments = self._arguments
        arguments.space()
        if not arguments.next_is(b"("):
            if arguments.word() != b"NONE":
                raise ProtocolError("Events in parentheses or NONE are expected")
            return Event.NOTHING
        read = arguments.list_of(self._event)
        if not read:
            raise ProtocolError("At least one event is expected")
        events = reduce(or_, read)
        _check_together(events)
        return events

    def _event(self) -> Event:
        """One that is not known may be another extension's. RFC 5465 section 8, event-ext."""
        arguments = self._arguments
        event = _EVENTS.get(arguments.word(), Event.UNKNOWN)
        self._unsupported |= not event & self._told
        if event is Event.MESSAGE_NEW and arguments.next_is(b" ("):
            arguments.space()
            self._fetch = peeking(request(arguments, self._items))
        return event


def _check_together(events: Event) -> None:
    """RFC 5465 section 5."""
    together = events & MESSAGES_CHANGE
    if together not in (Event.NOTHING, MESSAGES_CHANGE):
        raise ProtocolError("MessageNew and MessageExpunge go together")
    if events & (Event.FLAG_CHANGE | Event.ANNOTATION_CHANGE) and not together:
        raise ProtocolError("FlagChange goes with MessageNew and MessageExpunge")


def peeking(fetch: Request) -> Request:
    """The same without making anything \\Seen: nobody has looked at the message. RFC 5465 section 5.2."""
    fetch.texts = [text._replace(seen=False) for text in fetch.texts]
    return fetch
