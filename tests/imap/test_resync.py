"""QRESYNC: a client that comes and goes knows the mailbox after each SELECT, whatever was done meanwhile."""

import asyncio
import re

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from aids.mailroom import ALICE, Mailroom
from aids.reader import Reader, uids_of
from tayori.imap.sequence import set_of
from tayori.model import FlagChange

_HIGHEST = re.compile(rb"\* OK \[HIGHESTMODSEQ (\d+)\]")
_MODSEQ = re.compile(rb"MODSEQ \((\d+)\)")
_EARLIER = re.compile(rb"\* VANISHED \(EARLIER\) ([\d:,]+)\r\n")
_ROW = re.compile(rb"\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\)")

uids = st.integers(1, 12)
flags = st.sampled_from(["\\Seen", "\\Flagged", "$Later"])


class Resynchronized(RuleBasedStateMachine):
    """`known` is what the client has kept of the mailbox, up to MODSEQ `modseq`."""

    def __init__(self) -> None:
        super().__init__()
        self.mailroom = Mailroom()
        self.known: dict[int, frozenset[str]] = {}
        self.modseq = 1
        self.connect()

    def connect(self) -> None:
        self.reader = Reader(self.mailroom)
        self.reader.command(f"LOGIN {ALICE} wonderland")
        self.reader.command("ENABLE QRESYNC")
        self.reader.view = []
        known = f" {set_of(sorted(self.known)).decode()}" if self.known else ""
        heard = len(self.reader.responses)
        assert self.reader.command(f"SELECT INBOX (QRESYNC (1 {self.modseq}{known}))").startswith("OK")
        self.reader.command(f"UID FETCH {max(self.known, default=0) + 1}:* (FLAGS MODSEQ)")  # what is new to it
        self.learn(self.reader.responses[heard:])
        for seen, uid in zip(self.reader.view, sorted(self.known), strict=True):
            seen.uid, seen.flags = uid, self.known[uid]
        self.check()

    def learn(self, responses: list[bytes]) -> None:
        """Apply what the answer to one command says; its MODSEQs count once it is complete."""
        for response in responses:
            if found := _EARLIER.fullmatch(response):
                for uid in uids_of(found[1]):
                    self.known.pop(uid, None)
            elif found := _ROW.match(response):
                self.known[int(found[1])] = frozenset(found[2].decode().split()) - {"\\Recent"}
            for modseq in _HIGHEST.findall(response) + _MODSEQ.findall(response):
                self.modseq = max(self.modseq, int(modseq))

    def check(self) -> None:
        inbox = self.mailroom.inbox
        assert self.known == {uid: inbox.flags_of(uid) for uid in inbox.messages}

    @rule()
    def reconnect(self) -> None:
        self.reader.running.close()
        self.connect()

    @rule()
    def noop(self) -> None:
        heard = len(self.reader.responses)
        self.reader.command("NOOP")
        self.reader.command("UID FETCH 1:* FLAGS")
        self.learn(self.reader.responses[heard:])
        self.known = {seen.uid: self.known[seen.uid] for seen in self.reader.view if seen.uid is not None}
        self.check()

    @rule(uid=uids, flag=flags, since=st.integers(0, 40))
    def conditional_store(self, uid: int, flag: str, since: int) -> None:
        inbox = self.mailroom.inbox
        if uid not in {seen.uid for seen in self.reader.view}:
            return
        unchanged = uid in inbox.messages and inbox.messages[uid].modseq <= 1000 + since
        before = inbox.flags_of(uid) if uid in inbox.messages else frozenset()
        heard = len(self.reader.responses)
        answer = self.reader.command(f"UID STORE {uid} (UNCHANGEDSINCE {1000 + since}) +FLAGS.SILENT ({flag})")
        self.learn(self.reader.responses[heard:])
        if uid in inbox.messages:
            assert ("MODIFIED" in answer) == (not unchanged)
            assert inbox.flags_of(uid) == (before | {flag} if unchanged else before)
            self.known[uid] = inbox.flags_of(uid)

    @rule(uid=uids)
    def expunge(self, uid: int) -> None:
        heard = len(self.reader.responses)
        self.reader.command(f"UID STORE {uid} +FLAGS (\\Deleted)")
        self.reader.command("EXPUNGE")
        self.learn(self.reader.responses[heard:])
        self.known = {uid: kept for uid, kept in self.known.items() if uid in {seen.uid for seen in self.reader.view}}

    # ---- what others do

    @rule(count=st.integers(1, 3))
    def messages_arrive(self, count: int) -> None:
        for _ in range(count):
            self.mailroom.inbox.add(b"Subject: new\r\n\r\n")

    @rule(uid=uids, flag=flags, change=st.sampled_from(FlagChange))
    def another_flags(self, uid: int, flag: str, change: FlagChange) -> None:
        asyncio.run(self.mailroom.inbox.store([(uid, uid)], change, (flag,)))

    @rule(uid=uids)
    def another_expunges(self, uid: int) -> None:
        asyncio.run(self.mailroom.inbox.remove([(uid, uid)]))

    def teardown(self) -> None:
        self.reader.running.close()


TestResynchronized = Resynchronized.TestCase
TestResynchronized.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
