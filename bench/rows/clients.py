"""What mail clients do with a mailbox: open it, come back to it, list, sort, search and synchronize it, tidy it up."""

import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench import corpus
from bench.figures import Figure
from bench.load.client import ImapClient
from bench.load.replies import Refused
from bench.machine.tree import wait_until_idle
from bench.rows.bulk import ENVELOPE, Changes, Check, every_message, found_all, reading
from bench.rows.row import BOX_ACCOUNT, LARGE_ACCOUNT, MANY_ACCOUNT, Leg, Row

MANY_MESSAGES = 2  # of each of the many mailboxes
CHANGED = 100  # messages whose flags change while a client is away

# As the clients send them, for all messages of a mailbox they see for the first time.
THUNDERBIRD = [
    b"UID FETCH 1:* (FLAGS)",
    b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority"
    b" X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])",
]
APPLE_MAIL = [
    b"FETCH 1:* (INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date subject from to cc message-id"
    b" in-reply-to references content-type x-priority x-uniform-type-identifier list-id list-unsubscribe)])",
]
K9 = [
    b"UID FETCH 1:* (UID FLAGS)",
    b"UID FETCH 1:* (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (date subject from content-type to cc"
    b" reply-to message-id references in-reply-to list-unsubscribe sender x-k9mail-identity x-chat-version)])",
    b"UID FETCH 1:* (UID BODYSTRUCTURE)",
]
WHOLE = [b"UID FETCH 1:* (FLAGS)", b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[])"]


def _each_told(times: int, held: int, said: bytes) -> None:
    """Raises Refused: not `times` untagged FETCHes for each message."""
    every_message(held * times, said)


def _many_found(kind: bytes, least: int, held: int, said: bytes) -> None:
    """Raises Refused: the answer is not of that kind, or names less than one in `least` messages."""
    answer = next((line for line in said.split(b"\r\n") if line.startswith(b"* " + kind)), b"")
    if (found := len(re.findall(rb"\d+", answer))) < held // least:
        raise Refused(f"{kind.decode()} names {found} messages of {held}")


def _opened(held: int, said: bytes) -> None:
    """Raises Refused: SELECT does not tell how many messages there are."""
    if b"* %d EXISTS" % held not in said:
        raise Refused(f"SELECT without EXISTS: {said[:300]!r}")


def script(commands: Sequence[bytes], check: Check, account: str = BOX_ACCOUNT) -> Callable[[Leg], Figure]:
    """A measurement of commands in a row over TLS, each sent when the last is answered."""

    def measure(leg: Leg) -> Figure:
        leg.fill_box(account)
        times, said = [], [b""]
        with leg.imap(account, secure=True) as client:
            client.ask(b"SELECT INBOX")
            with leg.meter() as meter:
                for _ in range(leg.scale.repeats):
                    begin = time.perf_counter()
                    said = [piece for command in commands for piece in client.ask(command)]
                    times.append(time.perf_counter() - begin)
            check(leg.held(account), b"".join(said))
        operations = leg.scale.repeats * leg.held(account)
        return Figure(statistics.median(times) * 1000, operations, meter.server_cpu, meter.load_cpu)

    measure.__doc__ = (
        f"One connection over TLS sends {'; '.join(command.decode() for command in commands)} to a mailbox of 10,000"
        " messages, one after the other; the median time of the whole."
    )
    return measure


def status(leg: Leg) -> Figure:
    """One connection sends LIST with RETURN (STATUS (MESSAGES UIDNEXT UNSEEN)) to an account of 500 mailboxes with
    two messages each, one of which gets another before each time; the median time to the tagged OK.
    """
    names = [f"box{number:03}" for number in range(leg.scale.folders)]
    with leg.imap(MANY_ACCOUNT) as client:
        if client.messages(names[-1]) != MANY_MESSAGES:
            _make(client, names)
        times, said = [], [b""]
        with leg.meter() as meter:
            for turn in range(leg.scale.repeats * 3):
                client.fill(names[turn % (len(names) - 1)], corpus.messages(1))
                begin = time.perf_counter()
                said = client.ask(b'LIST "" "box*" RETURN (STATUS (MESSAGES UIDNEXT UNSEEN))')
                times.append(time.perf_counter() - begin)
        if b"".join(said).count(b"* STATUS ") != len(names):
            raise Refused("not every mailbox has a STATUS")
    return Figure(statistics.median(times) * 1000, len(times), meter.server_cpu, meter.load_cpu)


def _make(client: ImapClient, names: Sequence[str]) -> None:
    for name in names:
        client.ask(b"CREATE " + name.encode())
        client.fill(name, corpus.messages(MANY_MESSAGES))


def returned(leg: Leg) -> Figure:
    """One connection with QRESYNC enabled sends SELECT INBOX (QRESYNC (uidvalidity modseq)) for a mailbox of 10,000
    messages, of which 100 got a flag since; the median time to the tagged OK.
    """
    leg.fill_box()
    times = []
    with leg.imap() as client, leg.imap() as other:
        client.ask(b"ENABLE QRESYNC")
        other.ask(b"SELECT INBOX")
        with leg.meter() as meter:
            for turn in range(leg.scale.repeats * 4):
                known = _state(b"".join(client.ask(b"SELECT INBOX")))
                client.ask(b"UNSELECT")
                other.ask(b"STORE 1:%d %cFLAGS.SILENT (\\Answered)" % (CHANGED, b"+-"[turn % 2]))
                begin = time.perf_counter()
                said = b"".join(client.ask(b"SELECT INBOX (QRESYNC (%b %b))" % known))
                times.append(time.perf_counter() - begin)
                every_message(CHANGED, said)
    return Figure(statistics.median(times) * 1000, len(times), meter.server_cpu, meter.load_cpu)


def _state(said: bytes) -> tuple[bytes, bytes]:
    """UIDVALIDITY and HIGHESTMODSEQ as SELECT tells them."""
    validity, modseq = re.search(rb"UIDVALIDITY (\d+)", said), re.search(rb"HIGHESTMODSEQ (\d+)", said)
    if validity is None or modseq is None:
        raise Refused(f"SELECT tells no state: {said[:300]!r}")
    return validity[1], modseq[1]


def _with_copies(leg: Leg) -> Iterator[ImapClient]:
    """Connections that have a mailbox with copies of all messages open, at rest; then it is deleted."""
    leg.fill_box()
    for _ in range(leg.scale.repeats):
        with leg.imap() as client:
            client.ask(b"SELECT INBOX")
            client.ask(b"CREATE Aside")
            client.ask(b"COPY 1:* Aside")
            client.ask(b"SELECT Aside")
            wait_until_idle(leg.system.roots())
            yield client
            client.ask(b"SELECT INBOX")
            client.ask(b"DELETE Aside")
            wait_until_idle(leg.system.roots())


def move(leg: Leg) -> Figure:
    """One connection sends MOVE 1:* of 10,000 messages to an empty mailbox, then counts them there; the median time
    to the tagged OK, with the processor time that the server's later work takes (the mirror's) beside.
    """
    changes = Changes(leg)
    for client in _with_copies(leg):
        client.ask(b"CREATE Moved")
        changes.time(client, b"MOVE 1:* Moved")
        if (found := client.messages("Moved")) != leg.scale.mailbox:
            raise Refused(f"{found} messages were moved instead of {leg.scale.mailbox}")
        client.ask(b"DELETE Moved")
    return changes.figure()


def expunge(leg: Leg) -> Figure:
    """One connection sends EXPUNGE to a mailbox of 10,000 messages of which every second is \\Deleted, all of which
    are told; the median time to the tagged OK, with the processor time that the server's later work takes beside.
    """
    changes = Changes(leg)
    odd = b",".join(b"%d" % number for number in range(1, leg.scale.mailbox + 1, 2))
    for client in _with_copies(leg):
        client.ask(b"STORE %b +FLAGS.SILENT (\\Deleted)" % odd)
        wait_until_idle(leg.system.roots())
        said = b"".join(changes.time(client, b"EXPUNGE"))
        if (found := said.count(b" EXPUNGE\r\n")) != len(odd.split(b",")):
            raise Refused(f"{found} messages were expunged")
    return changes.figure()


def _search(key: bytes, least: int, account: str = BOX_ACCOUNT) -> Callable[[Leg], Figure]:
    return reading(b"SEARCH " + key, partial(_many_found, b"SEARCH", least), account=account)


def _rare(key: bytes, nth: int, account: str) -> Callable[[Leg], Figure]:
    word = corpus.RARE[nth]
    return reading(b'SEARCH %b "%b"' % (key, word), partial(found_all, word), account=account)


ROWS = [
    Row("select", "SELECT, 10,000, warm", "ms", reading(b"SELECT INBOX", _opened), 1, beside="mdbox"),
    Row("select-100k", "SELECT, 100,000, warm", "ms",
        reading(b"SELECT INBOX", _opened, account=LARGE_ACCOUNT), 1, beside="mdbox"),
    Row("qresync", "SELECT (QRESYNC …), 10,000, 100 changed", "ms", returned, 1, beside="mdbox"),
    Row("status-500", "LIST RETURN (STATUS …), 500 mailboxes", "ms", status, 1, beside="mdbox"),
    Row("thunderbird", "Thunderbird's first look, 10,000, TLS", "ms",
        script(THUNDERBIRD, partial(_each_told, 2)), 1, beside="mdbox"),
    Row("apple-mail", "Apple Mail's, 10,000, TLS", "ms", script(APPLE_MAIL, partial(_each_told, 1)), 1, beside="mdbox"),
    Row("k9", "K-9's, 10,000, TLS", "ms", script(K9, partial(_each_told, 3)), 1, beside="mdbox"),
    Row("first-sync", "a whole mailbox's first sync, 10,000, TLS", "ms",
        script(WHOLE, partial(_each_told, 2)), 1, beside="mdbox"),
    Row("search-subject", "SEARCH SUBJECT, 10,000", "ms", _search(b'SUBJECT "ka"', 10), 2, beside="mdbox"),
    Row("search-from", "SEARCH FROM, 10,000", "ms", _search(b'FROM "hopper"', 20), 2, beside="mdbox"),
    Row("search-header", "SEARCH HEADER List-Id, 10,000", "ms",
        _search(b'HEADER List-Id "list.example"', 10), 2, beside="mdbox"),
    Row("search-since", "SEARCH SENTSINCE, 10,000", "ms", _search(b"SENTSINCE 15-Nov-2026", 4), 2, beside="mdbox"),
    Row("search-body-100k", "SEARCH BODY, 100,000", "ms", _rare(b"BODY", 0, LARGE_ACCOUNT), 30, beside="mdbox"),
    Row("search-text-100k", "SEARCH TEXT, 100,000", "ms", _rare(b"TEXT", 1, LARGE_ACCOUNT), 30, beside="mdbox"),
    Row("fetch-envelope-100k", "FETCH 1:* (… ENVELOPE), 100,000", "ms",
        reading(ENVELOPE, every_message, account=LARGE_ACCOUNT), 4, beside="mdbox"),
    Row("sort", "SORT (SUBJECT), 10,000", "ms",
        reading(b"SORT (SUBJECT) UTF-8 ALL", partial(_many_found, b"SORT", 1)), 2, beside="mdbox"),
    Row("thread", "THREAD REFERENCES, 10,000", "ms",
        reading(b"THREAD REFERENCES UTF-8 ALL", partial(_many_found, b"THREAD", 1)), 2, beside="mdbox"),
    Row("move", "MOVE 1:*, 10,000", "ms", move, 10, beside="mdbox"),
    Row("expunge", "EXPUNGE of half, 10,000", "ms", expunge, 2, beside="mdbox"),
]  # fmt: skip
