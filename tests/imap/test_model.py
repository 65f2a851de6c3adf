"""Clients of seven kinds, random commands, a model of INBOX: what each is told makes its view equal it at every NOOP.

Over the ports in memory, and over a store. RFC 3501 section 7, RFC 7162, RFC 9586.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aids.mailroom import ALICE
from aids.reader import Reader, Seen, uids_of
from aids.rooms import MemoryRoom, Room, StoreRoom
from tayori.imap.sequence import set_of

READERS = 3
ENABLED = {
    "plain": "",
    "condstore": "CONDSTORE",
    "qresync": "QRESYNC",
    "uidonly": "UIDONLY",
    "both": "QRESYNC UIDONLY",
    "notify": "CONDSTORE",
    "notify delayed": "",
}
EVENTS = "(MessageNew (UID FLAGS) MessageExpunge FlagChange)"
WATCHES = {
    "notify": f"NOTIFY SET (SELECTED {EVENTS})",
    "notify delayed": f"NOTIFY SET (SELECTED-DELAYED {EVENTS})",
}
FLAGS = ("\\Seen", "\\Deleted", "\\Flagged", "$Later", "$Junk")
LETTER = "Subject: appended\r\n\r\ntext\r\n"

_UID_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
_COPIED = re.compile(r"\[COPYUID \d+ ([\d:,]+) ([\d:,]+)\]")
_APPENDED = re.compile(r"\[APPENDUID \d+ (\d+)\]")
_MODIFIED = re.compile(r"\[MODIFIED ([\d:,]+)\]")

readers = st.integers(0, READERS - 1)
places = st.integers(0, 11)
flag_sets = st.sets(st.sampled_from(FLAGS), max_size=3)
signs = st.sampled_from(["", "+", "-"])
forms = st.sampled_from(["", "UID "])

Truth = dict[int, frozenset[str]]


def changed(old: frozenset[str], sign: str, flags: set[str]) -> frozenset[str]:
    return {"": frozenset(flags), "+": old | flags, "-": old - flags}[sign]


class Client:
    """A reader that may break off and come back; by QRESYNC with what it has kept."""

    def __init__(self, room: Room, kind: str) -> None:
        self.room = room
        self.kind = kind
        self.kept: dict[int, frozenset[str]] = {}  # by UID, when it left INBOX last
        self.uid_validity, self.modseq = 0, 0  # then
        self.selected = self.idles = self.read_only = False
        self.connect()

    @property
    def by_uid(self) -> bool:
        return self.kind in ("uidonly", "both")

    @property
    def watches(self) -> bool:
        """It is told between commands too."""
        return self.kind in WATCHES

    @property
    def resynchronizes(self) -> bool:
        return self.kind in ("qresync", "both")

    def connect(self) -> None:
        self.reader = Reader(self.room)
        self.command(f"LOGIN {ALICE} wonderland")
        if ENABLED[self.kind]:
            self.command(f"ENABLE {ENABLED[self.kind]}")
        if self.watches:
            assert self.command(WATCHES[self.kind]).startswith("OK")

    def command(self, text: str) -> str:
        answer = self.reader.command(text)
        self.reader.note_modseq(answer.encode())
        return answer

    def on(self) -> Reader:
        """Out of IDLE, and INBOX selected, for a command of it."""
        self.end_idle()
        if not self.selected:
            self.select("SELECT", with_uids=True)
        return self.reader

    def end_idle(self) -> None:
        if self.idles:
            self.reader.done()
        self.idles = False

    def leave(self, how: str) -> None:
        """By CLOSE, UNSELECT, or because the connection breaks."""
        reader = self.reader
        known = {seen.uid: seen.flags for seen in reader.view}
        self.kept = {uid: flags for uid, flags in known.items() if uid is not None and flags is not None}
        if how:
            assert self.command(how).startswith("OK")
        self.modseq = reader.modseq
        if not how:
            reader.running.close()
            self.connect()
        self.selected = self.idles = False

    def select(self, verb: str, with_uids: bool) -> None:
        reader, heard = self.reader, len(self.reader.responses)
        reader.view, reader.earlier = [], set()
        again = self.resynchronizes and self.uid_validity
        known = f" {_set(self.kept)}" if self.kept and with_uids else ""
        parameter = f" (QRESYNC ({self.uid_validity} {self.modseq}{known}))" if again else ""
        assert self.command(f"{verb} INBOX{parameter}").startswith("OK")
        kept = {uid: flags for uid, flags in self.kept.items() if uid not in reader.earlier} if again else {}
        modseq = "" if self.kind in ("plain", "uidonly") else " MODSEQ"
        self.command(f"UID FETCH {_others(kept)} (UID FLAGS{modseq})")
        told = {seen.uid for seen in reader.view}
        untold = [Seen(uid, kept[uid]) for uid in sorted(kept) if uid not in told]
        for seen, true in zip([seen for seen in reader.view if seen.uid is None], untold, strict=True):
            seen.uid, seen.flags = true.uid, true.flags
        found = [_UID_VALIDITY.search(response) for response in reader.responses[heard:]]
        self.uid_validity = next(int(one[1]) for one in found if one)
        self.selected, self.read_only = True, verb == "EXAMINE"

    def chosen(self, first: int, last: int) -> list[Seen]:
        """Messages whose UIDs it knows; none where there are none."""
        known = [seen for seen in self.on().view if seen.uid is not None]
        first, last = sorted(place % max(len(known), 1) for place in (first, last))
        return known[first : last + 1]

    def about(self, verb: str, chosen: list[Seen], form: str, rest: str) -> str:
        """The command's answer; `form` is "UID " or "" for numbers."""
        if self.by_uid or form:
            return self.command(f"UID {verb} {_set(uids(chosen))} {rest}")
        numbers = [place for place, seen in enumerate(self.reader.view, 1) if any(seen is one for one in chosen)]
        return self.command(f"{verb} {set_of(numbers).decode()} {rest}")


def _set(uids: Iterable[int]) -> str:
    return set_of(sorted(uids)).decode()


def _others(kept: Iterable[int]) -> str:
    """All UIDs but those: {2, 3} gives "1,4:*"."""
    ends = [0, *sorted(kept)]
    gaps = [f"{low + 1}:{high - 1}" for low, high in pairwise(ends) if high > low + 1]
    return ",".join([*gaps, f"{ends[-1] + 1}:*"])


def uids(chosen: Iterable[Seen]) -> list[int]:
    return [seen.uid for seen in chosen if seen.uid is not None]


class Model(RuleBasedStateMachine):
    """`inbox` is what INBOX must be after what was said so far; each rule is what one client does, or the world."""

    def room(self) -> Room:
        return MemoryRoom()

    @initialize(kinds=st.lists(st.sampled_from(sorted(ENABLED)), min_size=READERS, max_size=READERS))
    def connect(self, kinds: list[str]) -> None:
        self.world = self.room()
        self.clients = [Client(self.world, kind) for kind in kinds]
        self.inbox: Truth = {uid: frozenset() for uid in uids(self.world.truth())}

    # ---- what changes

    @rule(count=st.integers(1, 3))
    def letters_arrive(self, count: int) -> None:
        self.inbox |= {uid: frozenset() for uid in self.world.arrive(count)}

    @rule(which=readers, flags=flag_sets, mailbox=st.sampled_from(["INBOX", "Trash"]))
    def append(self, which: int, flags: set[str], mailbox: str) -> None:
        client = self.clients[which]
        client.end_idle()
        answer = client.command(f"APPEND {mailbox} ({' '.join(sorted(flags))}) {{{len(LETTER)}+}}\r\n{LETTER}")
        appended = _APPENDED.search(answer)
        assert appended, answer
        if mailbox == "INBOX":
            self.inbox[int(appended[1])] = frozenset(flags)

    @rule(which=readers, first=places, last=places, form=forms, sign=signs, flags=flag_sets, silent=st.booleans())
    def store(self, which: int, first: int, last: int, form: str, sign: str, flags: set[str], silent: bool) -> None:
        self.store_unchanged(which, first, last, form, sign, flags, silent, None)

    @rule(
        which=readers, first=places, last=places, form=forms, sign=signs, flags=flag_sets, silent=st.booleans(),
        behind=st.integers(0, 6),
    )  # fmt: skip
    def store_unchanged(
        self, which: int, first: int, last: int, form: str, sign: str, flags: set[str], silent: bool,
        behind: int | None,
    ) -> None:  # fmt: skip
        """Unless it has changed since the client's last MODSEQ, or one `behind` it."""
        client = self.clients[which]
        chosen = client.chosen(first, last)
        if not chosen:
            return
        since = None if behind is None else max(client.reader.modseq - behind, 1)
        modseqs = {seen.uid: seen.modseq or 0 for seen in self.world.truth()}
        assumed = [(seen, seen.flags) for seen in chosen if silent and seen.flags is not None]
        guesses = [_guess(seen, sign, flags) for seen, _ in assumed]
        modifier = "" if since is None else f"(UNCHANGEDSINCE {since}) "
        item = f"{sign}FLAGS{'.SILENT' if silent else ''} ({' '.join(sorted(flags))})"
        wanted = uids(chosen)
        answer = client.about("STORE", chosen, form, modifier + item)
        if client.read_only:
            assert answer.startswith("NO")
            refused = set(wanted)
        else:
            there = [uid for uid in wanted if uid in self.inbox]
            refused = {uid for uid in there if since is not None and modseqs[uid] > since}
            self.inbox |= {uid: changed(self.inbox[uid], sign, flags) for uid in there if uid not in refused}
            assert bool(_MODIFIED.search(answer)) == bool(refused) or "EXPUNGEISSUED" in answer, answer
        for (seen, before), guess in zip(assumed, guesses, strict=True):
            if seen.uid in refused and seen.flags is guess:
                seen.flags = before

    @rule(which=readers, first=places, last=places, form=forms, mailbox=st.sampled_from(["INBOX", "Trash"]))
    def copy(self, which: int, first: int, last: int, form: str, mailbox: str) -> None:
        client = self.clients[which]
        chosen = client.chosen(first, last)
        if chosen:
            copied = _COPIED.search(client.about("COPY", chosen, form, mailbox))
            self.take_copies(copied, chosen, mailbox)

    @rule(which=readers, first=places, last=places, form=forms, mailbox=st.sampled_from(["INBOX", "Trash"]))
    def move(self, which: int, first: int, last: int, form: str, mailbox: str) -> None:
        client = self.clients[which]
        chosen = client.chosen(first, last)
        if chosen:
            heard = len(client.reader.responses)
            wanted = list(map(replace, chosen))
            client.about("MOVE", chosen, form, mailbox)
            told = b"".join(client.reader.responses[heard:]).decode("latin-1")
            for uid in self.take_copies(_COPIED.search(told), wanted, mailbox):
                del self.inbox[uid]

    def take_copies(self, copied: re.Match[str] | None, chosen: list[Seen], mailbox: str) -> list[int]:
        """COPYUID names what of the chosen was there; the UIDs that were copied."""
        if copied is None:
            return []
        source, target = (sorted(uids_of(one.encode())) for one in copied.groups())
        assert source == sorted(uid for uid in uids(chosen) if uid in self.inbox)
        if mailbox == "INBOX":
            assert target[0] > max(self.inbox)
            self.inbox |= {new: self.inbox[old] for old, new in zip(source, target, strict=True)}
        return source

    @rule(which=readers)
    def expunge(self, which: int) -> None:
        client = self.clients[which]
        client.on()
        assert client.command("EXPUNGE").startswith("NO" if client.read_only else "OK")
        if not client.read_only:
            self.inbox = {uid: flags for uid, flags in self.inbox.items() if "\\Deleted" not in flags}

    @rule(which=readers, first=places, last=places)
    def uid_expunge(self, which: int, first: int, last: int) -> None:
        client = self.clients[which]
        wanted = uids(client.chosen(first, last))
        if wanted and not client.read_only:
            assert client.command(f"UID EXPUNGE {_set(wanted)}").startswith("OK")
            gone = {uid for uid in wanted if "\\Deleted" in self.inbox.get(uid, ())}
            self.inbox = {uid: flags for uid, flags in self.inbox.items() if uid not in gone}

    @rule(which=readers, how=st.sampled_from(["CLOSE", "UNSELECT", ""]))
    def leave(self, which: int, how: str) -> None:
        client = self.clients[which]
        if how:
            client.on()
        expunges = how == "CLOSE" and not client.read_only
        client.leave(how)
        if expunges:
            self.inbox = {uid: flags for uid, flags in self.inbox.items() if "\\Deleted" not in flags}

    @rule(which=readers, verb=st.sampled_from(["SELECT", "EXAMINE"]), with_uids=st.booleans())
    def come_back(self, which: int, verb: str, with_uids: bool) -> None:
        client = self.clients[which]
        client.end_idle()
        if not client.selected:
            client.select(verb, with_uids)
            self.check(client)

    # ---- what only looks

    @rule(
        which=readers, first=places, last=places, form=forms,
        items=st.sampled_from(["UID FLAGS", "UID MODSEQ", "UID BODY[TEXT]", "UID ENVELOPE"]),
    )  # fmt: skip
    def fetch(self, which: int, first: int, last: int, form: str, items: str) -> None:
        client = self.clients[which]
        chosen = client.chosen(first, last)
        if not chosen:
            return
        wanted = uids(chosen)
        client.about("FETCH", chosen, form, f"({items})")
        if "BODY" in items and not client.read_only:
            self.inbox |= {uid: self.inbox[uid] | {"\\Seen"} for uid in wanted if uid in self.inbox}

    @rule(which=readers, form=forms)
    def search(self, which: int, form: str) -> None:
        client = self.clients[which]
        reader = client.on()
        form = "UID " if client.by_uid else form
        assert client.command(f"{form}SEARCH UNDELETED").startswith("OK")
        found = set(reader.found) if form else {reader.view[number - 1].uid for number in reader.found}
        undeleted = {uid for uid, flags in self.inbox.items() if "\\Deleted" not in flags}
        assert found - {None} <= undeleted
        assert {uid for uid in uids(reader.view) if uid in undeleted} <= found

    @rule(which=readers)
    def begin_idle(self, which: int) -> None:
        self.clients[which].on().idle()
        self.clients[which].idles = True

    @rule(which=readers)
    def noop(self, which: int) -> None:
        client = self.clients[which]
        client.on()
        client.command("NOOP")
        self.check(client)

    @invariant()
    def who_idles_or_watches_is_up_to_date(self) -> None:
        for client in self.clients:
            if client.idles or client.watches:
                client.reader.listen()
            if client.idles or (client.selected and client.kind == "notify"):
                self.check(client)

    def check(self, client: Client) -> None:
        truth = self.world.truth()
        assert {seen.uid: seen.flags for seen in truth} == self.inbox
        view = client.reader.view
        if client.by_uid:  # a UID alone says which message is meant; what has none yet is any of the others
            known = set(uids(view))
            unknown = [seen for seen in view if seen.uid is None]
            assert known <= set(self.inbox)
            view = [seen for true in truth for seen in view if seen.uid == true.uid] + unknown
            truth = [true for true in truth if true.uid in known] + [true for true in truth if true.uid not in known]
        for seen, true in zip(view, truth, strict=True):
            assert seen.uid in (None, true.uid)
            assert seen.flags in (None, true.flags)
            assert seen.modseq in (None, true.modseq)

    def teardown(self) -> None:
        for client in self.clients:
            client.reader.running.close()
        self.world.close()


def _guess(seen: Seen, sign: str, flags: set[str]) -> frozenset[str]:
    """What a silent STORE lets the client believe, as an object of its own."""
    assert seen.flags is not None
    seen.flags = frozenset(list(changed(seen.flags, sign, flags)))
    return seen.flags


class StoredModel(Model):
    """The same over a store."""

    def room(self) -> Room:
        return StoreRoom()


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=120, stateful_step_count=40)
TestStoredModel = StoredModel.TestCase
TestStoredModel.settings = settings(max_examples=25, stateful_step_count=40)
