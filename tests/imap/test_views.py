"""Several sessions, random commands: what each is told makes its view equal the mailbox at every NOOP."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aids.mailroom import LOGIN, Mailroom
from aids.reader import Reader, Seen

READERS = 3
FLAGS = ("\\Seen", "\\Deleted", "\\Flagged", "$Later", "$Junk")

readers = st.integers(0, READERS - 1)
numbers = st.integers(1, 12)
flag_sets = st.sets(st.sampled_from(FLAGS), max_size=3)
signs = st.sampled_from(["", "+", "-"])


def changed(old: frozenset[str], sign: str, flags: set[str]) -> frozenset[str]:
    return {"": frozenset(flags), "+": old | flags, "-": old - flags}[sign]


class Views(RuleBasedStateMachine):
    """Each rule is a command of one reader; a reader in IDLE hears, and commands only after DONE."""

    def __init__(self) -> None:
        super().__init__()
        self.mailroom = Mailroom()
        self.readers = [Reader(self.mailroom) for _ in range(READERS)]
        self.idling: set[int] = set()
        for reader in self.readers:
            reader.peer.feed(LOGIN)
            reader.listen()
            reader.select()

    def reader(self, number: int) -> Reader:
        if number in self.idling:
            self.readers[number].done()
            self.idling.discard(number)
        return self.readers[number]

    @rule(count=st.integers(1, 3))
    def messages_arrive(self, count: int) -> None:
        for _ in range(count):
            self.mailroom.inbox.add(b"Subject: new\r\n\r\ntext\r\n")

    @rule(which=readers, first=numbers, last=numbers, sign=signs, flags=flag_sets, silent=st.booleans())
    def store(self, which: int, first: int, last: int, sign: str, flags: set[str], silent: bool) -> None:
        reader = self.reader(which)
        first, last = sorted((first, last))
        if last > len(reader.view):
            return
        chosen = reader.view[first - 1 : last]
        if silent:
            for seen in chosen:
                seen.flags = None if seen.flags is None else changed(seen.flags, sign, flags)
        reader.command(f"STORE {first}:{last} {sign}FLAGS{'.SILENT' if silent else ''} ({' '.join(sorted(flags))})")
        if not silent:
            assert all(seen.flags is not None or seen.uid not in self.mailroom.inbox.messages for seen in chosen)

    @rule(which=readers, first=numbers, last=numbers, flags=flag_sets)
    def uid_store(self, which: int, first: int, last: int, flags: set[str]) -> None:
        self.reader(which).command(f"UID STORE {first}:{last} +FLAGS ({' '.join(sorted(flags))})")

    @rule(which=readers)
    def expunge(self, which: int) -> None:
        assert self.reader(which).command("EXPUNGE").startswith("OK")

    @rule(which=readers, first=numbers, last=numbers)
    def uid_expunge(self, which: int, first: int, last: int) -> None:
        assert self.reader(which).command(f"UID EXPUNGE {first}:{last}").startswith("OK")

    @rule(which=readers, items=st.sampled_from(["FLAGS", "(UID FLAGS)", "FAST", "(UID BODY[TEXT])", "ENVELOPE"]))
    def fetch(self, which: int, items: str) -> None:
        self.reader(which).command(f"FETCH 1:* {items}")

    @rule(which=readers, uid=numbers, items=st.sampled_from(["FLAGS", "BODY[]", "RFC822.SIZE"]))
    def uid_fetch(self, which: int, uid: int, items: str) -> None:
        assert self.reader(which).command(f"UID FETCH {uid}:* {items}").startswith("OK")

    @rule(which=readers)
    def search(self, which: int) -> None:
        reader = self.reader(which)
        reader.command("SEARCH UNDELETED")
        for number in reader.found:
            uid = reader.view[number - 1].uid
            assert uid is None or "\\Deleted" not in self.mailroom.inbox.flags_of(uid)

    @rule(which=readers, number=numbers, mailbox=st.sampled_from(["INBOX", "Trash"]))
    def copy(self, which: int, number: int, mailbox: str) -> None:
        reader = self.reader(which)
        if number <= len(reader.view):
            reader.command(f"COPY {number} {mailbox}")

    @rule(which=readers, number=numbers)
    def move(self, which: int, number: int) -> None:
        reader = self.reader(which)
        if number <= len(reader.view):
            reader.command(f"MOVE {number} Trash")

    @rule(which=readers)
    def begin_idle(self, which: int) -> None:
        self.reader(which).idle()
        self.idling.add(which)

    @rule(which=readers)
    def select_again(self, which: int) -> None:
        self.reader(which).select()

    @rule(which=readers)
    def noop(self, which: int) -> None:
        reader = self.reader(which)
        reader.command("NOOP")
        self.check(reader)

    @invariant()
    def what_is_idle_is_up_to_date(self) -> None:
        for number in self.idling:
            self.readers[number].listen()
            self.check(self.readers[number])

    def check(self, reader: Reader) -> None:
        inbox = self.mailroom.inbox
        truth = [Seen(uid, inbox.flags_of(uid)) for uid in inbox.messages]
        assert len(reader.view) == len(truth)
        for seen, true in zip(reader.view, truth, strict=True):
            assert seen.uid in (None, true.uid)
            assert seen.flags in (None, true.flags)

    def teardown(self) -> None:
        for reader in self.readers:
            reader.running.close()


TestViews = Views.TestCase
TestViews.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
