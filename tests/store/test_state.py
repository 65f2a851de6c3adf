"""Whatever is done in whatever order, two mailboxes are what a simple model of them says, for every follower."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aids.stored import ALICE, WORK, Post, deliver, new_store
from tayori.model import DELETED, INBOX, Column, FlagChange, MailboxName, Snapshot
from tayori.store.account import AccountMail
from tayori.store.keeper import Keeper
from tayori.store.mailbox import OpenMailbox

T = TypeVar("T")

FLAGS = {"\\Seen": 8, "\\Deleted": 4, "\\Flagged": 2, "Later": 32}
NAMES = st.sampled_from([INBOX, WORK])
RANGES = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 8)), min_size=1, max_size=3).map(
    lambda pairs: disjoint([(first, first + more) for first, more in pairs])
)


def disjoint(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    covered = sorted({uid for first, last in pairs for uid in range(first, last + 1)})
    return [(uid, uid) for uid in covered]


@dataclass
class ModelBox:
    """UID to (text, names of flags)."""

    uid_next: int = 1
    messages: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def add(self, text: str, flags: frozenset[str]) -> int:
        self.messages[self.uid_next] = (text, flags)
        self.uid_next += 1
        return self.uid_next - 1

    def among(self, ranges: list[tuple[int, int]]) -> list[int]:
        return [uid for uid in sorted(self.messages) if any(first <= uid <= last for first, last in ranges)]


@dataclass
class View:
    """What a session was told: UIDs and flags, kept by changes alone."""

    mailbox: OpenMailbox
    told: Snapshot
    flags: dict[int, int]


class MailboxMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.store = new_store(Path(self.folder.name))
        self.keeper = Keeper(self.store)
        self.post = Post()
        self.model = {INBOX: ModelBox(), WORK: ModelBox()}
        self.views: list[tuple[MailboxName, View]] = []
        self.mail: AccountMail = self.run(self.store.mailboxes(ALICE))
        self.run(self.mail.create(WORK))
        for name in (INBOX, WORK):
            self.is_opened(name)
            for flags in (frozenset[str](), frozenset({"\\Seen"}), frozenset({"\\Deleted", "Later"})):
                self.arrives(name, flags)

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.loop.run_until_complete(work)

    def box(self, name: MailboxName) -> OpenMailbox:
        return self.run(self.mail.open(name))

    @rule(name=NAMES, flags=st.frozensets(st.sampled_from(sorted(FLAGS)), max_size=2))
    def arrives(self, name: MailboxName, flags: frozenset[str]) -> None:
        letter = self.post.letter(f"letter {self.post.sequence}", mailbox=name, flags=tuple(flags))
        uids = self.run(deliver(self.store, [letter]))
        assert uids == [self.model[name].add(letter.content.decode().splitlines()[-1], flags)]

    @rule(name=NAMES, ranges=RANGES, change=st.sampled_from(FlagChange), flag=st.sampled_from(sorted(FLAGS)))
    def is_flagged(self, name: MailboxName, ranges: list[tuple[int, int]], change: FlagChange, flag: str) -> None:
        self.run(self.box(name).store(ranges, change, (flag,)))
        new: dict[FlagChange, Callable[[frozenset[str]], frozenset[str]]] = {
            FlagChange.ADD: lambda flags: flags | {flag},
            FlagChange.REMOVE: lambda flags: flags - {flag},
            FlagChange.REPLACE: lambda flags: frozenset({flag}),
        }
        messages = self.model[name].messages
        messages.update(
            {uid: (messages[uid][0], new[change](messages[uid][1])) for uid in self.model[name].among(ranges)}
        )

    @rule(source=NAMES, into=NAMES, ranges=RANGES, move=st.booleans())
    def is_carried(self, source: MailboxName, into: MailboxName, ranges: list[tuple[int, int]], move: bool) -> None:
        mailbox = self.box(source)
        copied = self.run(mailbox.move(ranges, into) if move else mailbox.copy(ranges, into))
        uids = self.model[source].among(ranges)
        messages = [self.model[source].messages[uid] for uid in uids]
        assert copied.source == uids
        assert copied.target == [self.model[into].add(*message) for message in messages]
        for uid in uids if move else ():
            del self.model[source].messages[uid]

    @rule(name=NAMES)
    def is_expunged(self, name: MailboxName) -> None:
        gone = [uid for uid, (_, flags) in sorted(self.model[name].messages.items()) if "\\Deleted" in flags]
        assert self.run(self.box(name).expunge()) == gone
        for uid in gone:
            del self.model[name].messages[uid]

    @rule(name=NAMES)
    def is_opened(self, name: MailboxName) -> None:
        mailbox = self.box(name)
        told = self.run(mailbox.latest())
        self.views.append((name, View(mailbox, told, dict(zip(told.uids, told.flags, strict=True)))))

    @rule(name=NAMES)
    def is_seen(self, name: MailboxName) -> None:
        self.run(self.box(name).claim_recent())

    @rule()
    def is_mirrored(self) -> None:
        self.run(self.keeper.step())

    @rule()
    def is_closed_and_opened_anew(self) -> None:
        self.mail.catalog.close()

    @rule(data=st.data())
    def a_follower_looks(self, data: st.DataObject) -> None:
        if not self.views:
            return
        name, view = data.draw(st.sampled_from(self.views))
        changes = self.run(view.mailbox.advance(view.told))
        for uid in changes.vanished:
            del view.flags[uid]
        bits = dict(zip(changes.now.uids, changes.now.flags, strict=True))
        new = changes.now.uids[len(view.told.uids) - len(changes.vanished) :]
        view.flags.update({uid: bits[uid] for uid in [*changes.changed, *new]})
        view.told = changes.now
        assert view.flags == bits
        assert sorted(bits) == sorted(self.model[name].messages)

    @invariant()
    def counters_and_messages_are_the_models(self) -> None:
        for name, model in self.model.items():
            mailbox = self.box(name)
            snapshot = self.run(mailbox.latest())
            bits = {**FLAGS, "Later": 1 << (5 + snapshot.keywords.index("Later"))} if snapshot.keywords else FLAGS
            flags = {uid: sum(bits[flag] for flag in names) for uid, (_, names) in model.messages.items()}
            assert sorted(self.run(mailbox.rows([(1, 999)], (Column.FLAGS,)))) == sorted(flags.items())
            status = self.run(self.mail.status(name))
            assert status.messages == len(flags)
            assert status.deleted == sum(1 for mask in flags.values() if mask & DELETED)
            assert status.unseen == sum(1 for mask in flags.values() if not mask & 8)
            assert status.uid_next == model.uid_next
            for uid, (text, _) in model.messages.items():
                assert self.run(mailbox.content(uid)).raw.decode().splitlines()[-1] == text

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.close())
            self.loop.close()
            self.folder.cleanup()


TestMailbox = MailboxMachine.TestCase
TestMailbox.settings = settings(max_examples=30, stateful_step_count=30)
