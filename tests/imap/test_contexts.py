"""Contexts: what a client is told makes of its results what a fresh search gives. RFC 5267 section 4.3."""

import asyncio
import re
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aids.mailboxes import MemoryMailbox
from aids.mailroom import ALICE, LOGIN, Mailroom
from aids.peer import ScriptedPeer
from aids.reader import Reader, Seen, uids_of
from aids.rooms import MemoryRoom, Room, StoreRoom
from tayori.errors import Gone, TryLater
from tayori.imap import contexts, session
from tayori.imap.contexts import MAX_CONTEXTS
from tayori.model import Uids

FLAGS = ("\\Seen", "\\Deleted", "\\Flagged", "$Later")
KEYS = ("UNDELETED", "OR SEEN FLAGGED", "1:*", "UID 2:5,7", "NEW", "NOT (UNSEEN KEYWORD $Later)", "SUBJECT e", "OLD")
ORDERS = ("", "(SUBJECT)", "(REVERSE SIZE SUBJECT)", "(REVERSE ARRIVAL)", "(FROM REVERSE DATE)")

_ESEARCH = re.compile(rb'\* ESEARCH \(TAG "([^"]+)"\)( UID)?(.*)\r\n')
_UPDATE = re.compile(rb" (ADDTO|REMOVEFROM) \(([^)]*)\)")
_ALL = re.compile(rb" ALL ([\d:,]+)")

places = st.integers(0, 9)


def in_order(text: bytes) -> list[int]:
    """b"4:5,2" gives [4, 5, 2]."""
    return [number for piece in text.split(b",") for number in sorted(uids_of(piece))]


class Following(Reader):
    """A client that keeps results by what it is told of them: UIDs, or messages of its view where numbers are told."""

    def __init__(self, room: Mailroom | Room) -> None:
        self.results: dict[str, list[int | Seen]] = {}
        self.answer: list[int | Seen] = []  # what the last search gave
        super().__init__(room)

    def apply(self, response: bytes, numbers_in_use: bool = False) -> None:
        super().apply(response, numbers_in_use)
        if found := _ESEARCH.fullmatch(response):
            self.hear_result(found[1].decode(), bool(found[2]), found[3])

    def hear_result(self, tag: str, by_uid: bool, rest: bytes) -> None:
        for kind, text in _UPDATE.findall(rest):
            words = iter(text.split(b" "))
            for place in words:
                self.hear_update(self.results[tag], kind, int(place), self.named(next(words), by_uid))
        if whole := _ALL.search(rest):
            self.answer = self.named(whole[1], by_uid)
            if tag in self.results:
                self.results[tag] = self.answer

    def named(self, numbers: bytes, by_uid: bool) -> list[int | Seen]:
        return [number if by_uid else self.view[number - 1] for number in in_order(numbers)]

    def hear_update(self, result: list[int | Seen], kind: bytes, place: int, named: list[int | Seen]) -> None:
        for at, one in enumerate(named):
            there = [spot for spot, other in enumerate(result) if other is one or (other == one and type(one) is int)]
            if kind == b"ADDTO":
                assert not there, "told twice"
                result.insert(place - 1 + at if place else len(result), one)
            else:
                assert place in (0, there[0] + 1), "another place"
                del result[there[0]]

    def search(self, form: str, order: str, key: str, options: str) -> None:
        self.answer = []
        verb = f"SORT RETURN ({options}) {order} UTF-8" if order else f"SEARCH RETURN ({options})"
        assert self.command(f"{form}{verb} {key}").startswith("OK")


class Contexts(RuleBasedStateMachine):
    """One client follows up to six searches; another, and mail that arrives, change what they find."""

    def __init__(self) -> None:
        super().__init__()
        self.room = self.made_room()
        self.client, self.other = Following(self.room), Reader(self.room)
        self.searches: dict[str, tuple[str, str]] = {}
        self.idles = False
        for reader in (self.client, self.other):
            reader.command(f"LOGIN {ALICE} wonderland")
            reader.select()
        for form, order, key in ("", "", "UNDELETED"), ("UID ", "(SUBJECT)", "UNSEEN"), ("", "(REVERSE SIZE)", "1:*"):
            self.follow(form, order, key)

    def made_room(self) -> Room:
        return MemoryRoom()

    def on(self) -> Following:
        if self.idles:
            self.client.done()
        self.idles = False
        return self.client

    @rule(form=st.sampled_from(["", "UID "]), order=st.sampled_from(ORDERS), key=st.sampled_from(KEYS))
    def follow(self, form: str, order: str, key: str) -> None:
        client = self.on()
        if len(self.searches) < 6:
            tag = f"c{client.commands + 1}"
            self.searches[tag], client.results[tag] = (order, key), []
            client.search(form, order, key, "UPDATE ALL")

    @rule(which=places)
    def give_up(self, which: int) -> None:
        if self.searches:
            tag = sorted(self.searches)[which % len(self.searches)]
            assert self.on().command(f'CANCELUPDATE "{tag}"').startswith("OK")
            del self.searches[tag], self.client.results[tag]

    @rule(count=st.integers(1, 3))
    def messages_arrive(self, count: int) -> None:
        self.room.arrive(count)

    @rule(subject=st.sampled_from(["alpha", "Eta", "re: two", "zeta"]), size=places)
    def message_is_appended(self, subject: str, size: int) -> None:
        text = f"Subject: {subject}\r\nFrom: {size % 3}@example.org\r\n\r\n{'x' * size}\r\n"
        assert self.other.command(f"APPEND INBOX {{{len(text)}+}}\r\n{text}").startswith("OK")

    @rule(own=st.booleans(), first=places, last=places, sign=st.sampled_from("+-"), flag=st.sampled_from(FLAGS))
    def store(self, own: bool, first: int, last: int, sign: str, flag: str) -> None:
        reader = self.on() if own else self.other
        silent = ".SILENT" if first % 2 else ""
        if max(first, last) < len(reader.view):
            reader.command(f"STORE {first + 1}:{last + 1} {sign}FLAGS{silent} ({flag})")

    @rule(own=st.booleans(), place=places)
    def expunge(self, own: bool, place: int) -> None:
        reader = self.on() if own else self.other
        if place < len(reader.view):
            reader.command(f"STORE {place + 1} +FLAGS.SILENT (\\Deleted)")
            reader.command("EXPUNGE")

    @rule(own=st.booleans(), verb=st.sampled_from(["NOOP", "UID MOVE 2 Trash", "FETCH 1:* FLAGS"]))
    def say(self, own: bool, verb: str) -> None:
        reader = self.on() if own else self.other
        if reader.view:
            reader.command(verb)

    @rule()
    def begin_idle(self) -> None:
        self.on().idle()
        self.idles = True

    @rule()
    def compare(self) -> None:
        client = self.on()
        client.command("NOOP")
        client.command("UID FETCH 1:* (UID)")
        for tag, (order, key) in self.searches.items():
            client.search("UID ", order, key, "ALL")
            kept = [one.uid if isinstance(one, Seen) else one for one in client.results[tag]]
            assert (kept if order else sorted(kept, key=int)) == client.answer  # type: ignore[arg-type]

    @invariant()
    def who_idles_hears(self) -> None:
        if self.idles:
            self.client.listen()

    def teardown(self) -> None:
        self.client.leave()
        self.other.leave()
        self.room.close()


class StoredContexts(Contexts):
    """The same over a store."""

    def made_room(self) -> Room:
        return StoreRoom()


TestContexts = Contexts.TestCase
TestContexts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStoredContexts = StoredContexts.TestCase
TestStoredContexts.settings = settings(max_examples=8, stateful_step_count=30, deadline=None)


def followed(room: Mailroom, *searches: bytes) -> list[bytes]:
    return room.inbox_talk(*(b"t%d %b" % (number, text) for number, text in enumerate(searches)))


def test_so_many_searches_are_followed_and_no_more() -> None:
    said = followed(Mailroom(), *[b"UID SEARCH RETURN (UPDATE) ALL"] * (MAX_CONTEXTS + 2))
    refused = [line for line in said if b"NOUPDATE" in line]
    assert refused == [b'* NO [NOUPDATE "t%d"] The result is not followed' % number for number in (10, 11)]


def test_the_first_search_is_followed_whatever_it_finds_and_others_while_there_is_room() -> None:
    searches = [b"UID SEARCH RETURN (UPDATE) ALL", b"UID SORT RETURN (UPDATE) (DATE) UTF-8 ALL"]
    with patch.object(contexts, "MAX_FOLLOWED", 2):
        said = followed(
            Mailroom(), *searches, b"UID SEARCH RETURN (UPDATE) SUBJECT two", b'CANCELUPDATE "t0"', *searches
        )
    assert [line.split(b'"')[1] for line in said if b"NOUPDATE" in line] == [b"t1", b"t2", b"t5"]


def test_only_what_has_come_or_changed_is_searched() -> None:
    room = Mailroom()
    client = Following(room)
    client.command(f"LOGIN {ALICE} wonderland")
    client.select()
    client.results[f"c{client.commands + 1}"] = []
    client.command("SEARCH RETURN (UPDATE) UNSEEN")
    client.hear_update(client.results["c4"], b"ADDTO", 0, list(client.view))
    asyncio.run(room.flag("2", "\\Seen"))
    asyncio.run(room.arrive("four"))
    with patch.object(MemoryMailbox, "search", autospec=True, side_effect=MemoryMailbox.search) as search:
        client.command("NOOP")
        client.command("NOOP")
    assert [call.args[1].keys[0] for call in search.call_args_list] == [Uids([(2, 2), (4, 4)])]


def test_many_changes_are_looked_at_in_portions() -> None:
    room = Mailroom(messages=())
    client = Following(room)
    client.command(f"LOGIN {ALICE} wonderland")
    client.command("SELECT INBOX")
    client.results[f"c{client.commands + 1}"] = []
    client.command("UID SEARCH RETURN (UPDATE) ALL")
    for _ in range(5):
        room.inbox.add(b"Subject: s\r\n\r\n")
    with patch.object(contexts, "LOOKED_AT", 2):
        client.command("NOOP")
    told = [response for response in client.responses if b"ADDTO" in response]
    assert [_UPDATE.findall(one)[0][1] for one in told] == [b"0 1:2", b"0 3:4", b"0 5"]


def test_others_get_a_turn_between_results_that_lose_much() -> None:
    room = Mailroom()
    searches = b"t UID SEARCH RETURN (UPDATE) ALL\r\nu UID SORT RETURN (UPDATE) (ARRIVAL) UTF-8 ALL\r\n"
    peer = ScriptedPeer([LOGIN + b"s SELECT INBOX\r\n" + searches + b"d STORE 1,3 FLAGS \\Deleted\r\ne EXPUNGE\r\n"])
    with patch.object(session, "TOLD_AT_ONCE", 1), pytest.raises(Gone):
        asyncio.run(room.session(peer).run())
    assert any(packet.endswith(b'* ESEARCH (TAG "t") UID REMOVEFROM (0 1,3)\r\n') for packet in peer.flushed)


def test_without_context_sort_only_search_is_followed() -> None:
    without = {"without": frozenset({"CONTEXT=SORT"})}
    said = Mailroom().talk(
        LOGIN + b"s SELECT INBOX\r\nb SORT RETURN (UPDATE) (DATE) UTF-8 ALL\r\nc SEARCH RETURN (UPDATE) SEEN\r\n",
        **without,  # type: ignore[arg-type]
    )
    assert said[-3:] == [b"b BAD There is no such search option", b'* ESEARCH (TAG "c")', b"c OK SEARCH completed"]


def test_who_could_not_look_looks_the_next_time() -> None:
    room, peer = Mailroom(), ScriptedPeer([LOGIN + b"s SELECT INBOX\r\nt UID SEARCH RETURN (UPDATE) UNSEEN\r\n"])
    held = room.session(peer)
    with pytest.raises(Gone):
        asyncio.run(held.run())
    asyncio.run(room.flag("2", "\\Seen"))
    asyncio.run(room.arrive("four"))
    with patch.object(MemoryMailbox, "search", side_effect=TryLater), pytest.raises(TryLater):
        asyncio.run(held.tell_news(expunges=True))
    asyncio.run(held.tell_news(expunges=True))
    assert peer.sent.endswith(b'* ESEARCH (TAG "t") UID REMOVEFROM (0 2) ADDTO (0 4)\r\n')
