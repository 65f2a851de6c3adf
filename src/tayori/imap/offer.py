"""What the server can do: verbs, and extensions with the tables that they add to others' tables.

Being in commands/ or extensions/ is being offered; a capability named in the settings' `without` is not.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from tayori.errors import Refusal
from tayori.imap import fetch_items, list_options, search_keys, status_items
from tayori.imap.fetch_items import FetchItem
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListOption
from tayori.imap.search_keys import KeyReader, Wrapper
from tayori.imap.search_results import ResultOption
from tayori.imap.settings import Settings
from tayori.imap.sorting import SortKey
from tayori.imap.status_items import StatusItem
from tayori.imap.store_items import StoreModifier
from tayori.imap.threads import Algorithm
from tayori.imap.view import View
from tayori.wire.folder import members

if TYPE_CHECKING:
    from tayori.imap.incoming import Incoming
    from tayori.imap.session import Session

T = TypeVar("T")


class State(Flag):
    """RFC 3501 section 3."""

    NOT_AUTHENTICATED = auto()
    AUTHENTICATED = auto()  # no mailbox selected
    SELECTED = auto()


LOGGED_IN = State.AUTHENTICATED | State.SELECTED
ANY = State.NOT_AUTHENTICATED | LOGGED_IN


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: `run` says what is untagged, and returns the text behind OK (a response code first) or None."""

    name: bytes  # upper case; b"UID FETCH"
    run: "Callable[[Session, Arguments], Awaitable[bytes | None]]"
    states: State
    expunges: bool = True  # EXPUNGE may be told while it runs, RFC 3501 section 7.4.1
    news: bool = True  # what others did is told behind it; not where all that it tells is new
    numbers: bool = False  # it names messages by their sequence numbers
    target: bool = False  # a mailbox that lacks may be made for it, RFC 3501 section 7.1, TRYCREATE
    message_after: int | None = None  # a message's literal follows so many arguments
    too_large: Refusal | None = None  # what is said where another literal is too long, if not just that


AfterSelect = Callable[["Session", View], Awaitable[None]]
"""Says more once SELECT has said the rest."""

SelectParameter = Callable[["Session", Arguments], AfterSelect | None]
"""Takes what stands behind its name in SELECT's parentheses. RFC 4466 section 2.1."""


CreateParameter = Callable[[Arguments], str]
"""Takes what stands behind its name in CREATE's parentheses: the special use."""


AppendForm = Callable[["Incoming", Arguments], Awaitable[None]]
"""Writes into a message what stands behind its name where APPEND's literal would. RFC 4466 section 2.7, append-data."""


Shown = Callable[[Settings, bool], bool]
"""Whether CAPABILITY lists it before login (False) and after it (True)."""


def always(_: Settings, logged_in: bool) -> bool:
    return True


def after_login(_: Settings, logged_in: bool) -> bool:
    return logged_in


def before_login(_: Settings, logged_in: bool) -> bool:
    return not logged_in


@dataclass(frozen=True, slots=True)
class Extension:
    """A file of extensions/; what it adds to other commands is given as tables."""

    rfc: str
    capability: bytes  # as CAPABILITY lists it, b"APPENDLIMIT" where `value` follows
    shown: Shown = always
    needs: tuple[bytes, ...] = ()  # capabilities without which it is not offered either
    value: Callable[[Settings], bytes] | None = None  # what stands behind the capability's name: b"=1000"
    verbs: tuple[Verb, ...] = ()
    enable: "Callable[[Session], None] | None" = None  # what ENABLE of it brings about, RFC 5161
    fetch: Mapping[bytes, FetchItem] = field(default_factory=dict)
    fetch_modifiers: Mapping[bytes, FetchItem] = field(default_factory=dict)
    search: Mapping[bytes, KeyReader] = field(default_factory=dict)
    search_wrappers: Mapping[bytes, Wrapper] = field(default_factory=dict)
    search_returns: Mapping[bytes, ResultOption] = field(default_factory=dict)
    sort: Mapping[bytes, SortKey] = field(default_factory=dict)
    store: Mapping[bytes, StoreModifier] = field(default_factory=dict)
    threads: Mapping[bytes, Algorithm] = field(default_factory=dict)
    status: Mapping[bytes, StatusItem] = field(default_factory=dict)
    select: Mapping[bytes, SelectParameter] = field(default_factory=dict)
    selected: Callable[[View], bytes] | None = None  # what SELECT says besides
    create: Mapping[bytes, CreateParameter] = field(default_factory=dict)
    created: Callable[[str], bytes] | None = None  # CREATE's response code, of the new mailbox's id
    append: Mapping[bytes, AppendForm] = field(default_factory=dict)
    list_selections: Mapping[bytes, ListOption] = field(default_factory=dict)
    list_returns: Mapping[bytes, ListOption] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the two folders bring."""

    extensions: tuple[Extension, ...]
    names: frozenset[bytes]  # the extensions' capabilities
    verbs: Mapping[bytes, Verb]
    streamed: Mapping[bytes, int]  # verbs that take a message, and how many arguments stand before it
    fetch: Mapping[bytes, FetchItem]
    fetch_modifiers: Mapping[bytes, FetchItem]
    search: Mapping[bytes, KeyReader]
    search_wrappers: Mapping[bytes, Wrapper]
    search_returns: Mapping[bytes, ResultOption]
    sort: Mapping[bytes, SortKey]
    store: Mapping[bytes, StoreModifier]
    threads: Mapping[bytes, Algorithm]
    status: Mapping[bytes, StatusItem]
    select: Mapping[bytes, SelectParameter]
    selected: tuple[Callable[[View], bytes], ...]
    create: Mapping[bytes, CreateParameter]
    append: Mapping[bytes, AppendForm]
    list_selections: Mapping[bytes, ListOption]
    list_returns: Mapping[bytes, ListOption]


@lru_cache(maxsize=8)
def offer(without: frozenset[str]) -> Offer:
    """Read the folders, once a process and setting: their modules import this one."""
    from tayori.imap import commands, extensions

    brought = _wanted(list(members(extensions, "EXTENSION", Extension)), without)
    verbs = [verb for family in members(commands, "VERBS", tuple) for verb in family]
    verbs += [verb for one in brought for verb in one.verbs]
    return Offer(
        brought,
        names=frozenset(one.capability for one in brought),
        verbs={verb.name: verb for verb in verbs},
        streamed={verb.name: verb.message_after for verb in verbs if verb.message_after is not None},
        fetch=_joined(fetch_items.ITEMS, (one.fetch for one in brought)),
        fetch_modifiers=_joined({}, (one.fetch_modifiers for one in brought)),
        search=_joined(search_keys.KEYS, (one.search for one in brought)),
        search_wrappers=_joined(search_keys.WRAPPERS, (one.search_wrappers for one in brought)),
        search_returns=_joined({}, (one.search_returns for one in brought)),
        sort=_joined({}, (one.sort for one in brought)),
        store=_joined({}, (one.store for one in brought)),
        threads=_joined({}, (one.threads for one in brought)),
        status=_joined(status_items.ITEMS, (one.status for one in brought)),
        select=_joined({}, (one.select for one in brought)),
        selected=tuple(one.selected for one in brought if one.selected is not None),
        create=_joined({}, (one.create for one in brought)),
        append=_joined({}, (one.append for one in brought)),
        list_selections=_joined({}, (one.list_selections for one in brought)),
        list_returns=_joined(list_options.RETURNS, (one.list_returns for one in brought)),
    )


def _wanted(found: list[Extension], without: AbstractSet[str]) -> tuple[Extension, ...]:
    """What is not named in `without`, nor stands on what is left out."""
    wanted = [one for one in found if one.capability.decode("ascii").upper() not in without]
    names = {one.capability for one in wanted}
    lacking = {one.capability.decode("ascii").upper() for one in wanted if not names.issuperset(one.needs)}
    return _wanted(wanted, lacking) if lacking else tuple(wanted)


def _joined(base: Mapping[bytes, T], tables: Iterable[Mapping[bytes, T]]) -> Mapping[bytes, T]:
    return {name: entry for table in (base, *tables) for name, entry in table.items()}
