"""Clients that deliver to a server which is about to die, and what has to be true of it afterwards."""

import gc
import hashlib
import imaplib
import os
import random
import re
import shutil
import signal
import smtplib
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import apsw

from aids.server import ALICE, BOB, COMMAND, PATIENCE, SETTINGS, Server

CAROL = "carol@example.org"
INBOXES = ((ALICE, "INBOX"), (BOB, "INBOX"), (CAROL, "INBOX"))
ARCHIVE = (ALICE, "Archive")
LARGE_EVERY = 25  # so many letters hold one that has a file of its own
GONE = (OSError, smtplib.SMTPServerDisconnected, imaplib.IMAP4.abort)  # how a client sees that the server died

_UID = re.compile(rb"UID (\d+)")
_TOKEN = re.compile(rb"Subject: (\S+)\r\n")
_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")

Home = tuple[str, str]
"""Account and mailbox."""


class Letter(NamedTuple):
    token: str
    raw: bytes
    homes: tuple[Home, ...]


class Found(NamedTuple):
    uid: int
    token: str
    raw: bytes  # from the Subject field on: what its author wrote


class MortalServer(Server):
    """A server in a process group of its own, whose log goes to a file so that it never waits for a reader."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        super().__init__(folder, settings)
        self.log = folder / "log"

    def start(self, environment: object = None) -> "MortalServer":
        self.end()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "serve", "--config", str(self.file)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """The whole group at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)

    def die_within(self, seconds: float) -> None:
        """Killed then, whatever it is at."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def end(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self.kill()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def errors(self) -> str:
        return self.log.read_text()[-4000:]


class Ledger:
    """What was promised and what was seen, over all lives of one DATA. For many threads."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.promised: set[tuple[Home, str]] = set()
        self.refused: list[str] = []
        self.dying = False  # what is refused from now on is refused rightly
        self._changed = threading.Condition()
        self._written: dict[str, bytes] = {}
        self._tokens: dict[tuple[Home, int, int], str] = {}  # by mailbox, UIDVALIDITY and UID
        self._validity: dict[Home, int] = {}
        self._modseq: dict[str, int] = {}
        self._checked: dict[Home, int] = {}  # up to which UID the content was compared

    def letter(self, *homes: Home) -> Letter:
        """A new one, that nobody has promised yet."""
        with self._changed:
            token = f"t{len(self._written)}"
            octets = 300_000 if not len(self._written) % LARGE_EVERY else self.chance.randrange(100, 8000)
            body = self.chance.randbytes(octets // 2).hex()
            lines = "\r\n".join(body[at : at + 76] for at in range(0, len(body), 76))
            raw = f"Subject: {token}\r\nFrom: sender@example.net\r\n\r\n{lines}\r\n".encode()
            self._written[token] = hashlib.sha256(raw).digest()
        return Letter(token, raw, homes)

    def promise(self, letter: Letter) -> None:
        with self._changed:
            self.promised.update((home, letter.token) for home in letter.homes)
            self._changed.notify_all()

    def refuse(self, why: object) -> None:
        with self._changed:
            if not self.dying:
                self.refused.append(repr(why))
            self._changed.notify_all()

    def more_promised(self, count: int) -> bool:
        """Return when so many more were promised; False: something was refused, or nothing comes."""
        wanted = len(self.promised) + count
        with self._changed:
            return self._changed.wait_for(lambda: len(self.promised) >= wanted or self.refused, PATIENCE) is True

    def saw(self, home: Home, validity: int, uid: int, token: str) -> None:
        """A UID never means another message than before."""
        with self._changed:
            before = self._tokens.setdefault((home, validity, uid), token)
        assert before == token, f"{home} UID {uid} was {before} and is {token}"

    def is_whole(self, found: Found) -> bool:
        return hashlib.sha256(found.raw).digest() == self._written[found.token]

    def unchecked(self, home: Home) -> int:
        """The UID from which on nothing was compared."""
        return self._checked.get(home, 0) + 1

    def checked(self, home: Home, uid: int) -> None:
        self._checked[home] = uid

    def same_validity(self, home: Home, validity: int) -> None:
        assert self._validity.setdefault(home, validity) == validity

    def never_back(self, account: str, modseq: int) -> None:
        assert modseq >= self._modseq.get(account, 0), (
            f"{account}: MODSEQ went from {self._modseq[account]} to {modseq}"
        )
        self._modseq[account] = modseq


# ---- The clients; each ends when the server has


def deliver(server: Server, ledger: Ledger) -> None:
    """SMTP, letter after letter, to one or several recipients."""
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        while not ledger.refused:
            letter = ledger.letter(*ledger.chance.sample(INBOXES, ledger.chance.choice((1, 1, 2, 3))))
            unknown = client.sendmail("sender@example.net", [account for account, _ in letter.homes], letter.raw)
            assert not unknown
            ledger.promise(letter)


def append(server: Server, ledger: Ledger) -> None:
    """IMAP's APPEND; the UID that it was told counts as seen."""
    account, folder = ARCHIVE
    with server.mailbox(account, folder) as client:
        while not ledger.refused:
            letter = ledger.letter(ARCHIVE)
            status, said = client.append(folder, "", "", letter.raw)
            answer = _APPENDUID.search(said[0])
            assert status == "OK", said
            assert answer, said
            ledger.saw(ARCHIVE, int(answer[1]), int(answer[2]), letter.token)
            ledger.promise(letter)


def watch(server: Server, ledger: Ledger) -> None:
    """See messages as they come, promised or not."""
    home = INBOXES[0]
    with server.mailbox(*home) as client:
        validity, last = _validity(client), ledger.unchecked(home)
        while not ledger.refused:
            for uid, token, _ in _found(client, last, "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"):
                ledger.saw(home, validity, uid, token)
                last = uid


@contextmanager
def clients(server: Server, ledger: Ledger, talks: Sequence[Callable[[Server, Ledger], None]]) -> Iterator[None]:
    """They talk meanwhile, and have ended at the end; the server has to end before."""
    threads = [threading.Thread(target=_until_gone, args=(talk, server, ledger)) for talk in talks]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    gc.collect()  # imaplib forgets its socket when logging out fails: it is warned of here and not at another time


def _until_gone(talk: Callable[[Server, Ledger], None], server: Server, ledger: Ledger) -> None:
    try:
        talk(server, ledger)
    except GONE:
        return
    except (AssertionError, smtplib.SMTPException, imaplib.IMAP4.error) as refused:
        ledger.refuse(refused)


# ---- What has to be true of a server after a crash


def check(server: Server, ledger: Ledger, whole: bool = False) -> None:
    """Nothing promised is missing, cut or doubled; no number went back. `whole`: every octet is read again."""
    assert ledger.refused == []
    for home in (*INBOXES, ARCHIVE):
        with server.mailbox(*home) as client:
            _check_numbers(client, ledger, home)
            _check_content(client, ledger, home, 1 if whole else ledger.unchecked(home))
    check_modseq(server, ledger)


def check_modseq(server: Server, ledger: Ledger) -> None:
    for account, _ in INBOXES:
        ledger.never_back(account, modseq(server, account))


def _check_numbers(client: imaplib.IMAP4, ledger: Ledger, home: Home) -> None:
    validity = _validity(client)
    ledger.same_validity(home, validity)
    seen = Counter[str]()
    for uid, token, _ in _found(client, 1, "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"):
        ledger.saw(home, validity, uid, token)
        seen[token] += 1
    missing = {token for where, token in ledger.promised if where == home} - seen.keys()
    assert not missing, f"{home}: {len(missing)} of {len(ledger.promised)} promised ones are missing: {sorted(missing)}"
    assert seen.total() == len(seen), f"{home}: doubled {[token for token, count in seen.items() if count > 1]}"


def _check_content(client: imaplib.IMAP4, ledger: Ledger, home: Home, first: int) -> None:
    for found in _found(client, first, "BODY.PEEK[]"):
        assert ledger.is_whole(found), f"{home} UID {found.uid} {found.token} is not what was sent"
        ledger.checked(home, found.uid)


def _found(client: imaplib.IMAP4, first: int, item: str) -> Iterator[Found]:
    """Messages from a UID on; the last one always, as RFC 3501 has it for n:*."""
    status, parts = client.uid("FETCH", f"{first}:*", f"(UID {item})")
    assert status == "OK", parts
    for part in parts:
        if isinstance(part, tuple):
            uid, token = _UID.search(part[0]), _TOKEN.search(part[1])
            assert uid, part
            assert token, part
            yield Found(int(uid[1]), token[1].decode(), part[1][token.start() :])


def _validity(client: imaplib.IMAP4) -> int:
    return int(client.response("UIDVALIDITY")[1][0] or 0)


def modseq(server: Server, account: str) -> int:
    """The account's HIGHESTMODSEQ, from a copy of its catalog: whatever state that is in, it is left as it is."""
    user, domain = account.split("@")
    source = server.data / "mail" / domain / user / "index.db"
    with TemporaryDirectory() as folder:
        copy = Path(folder, "index.db")
        for suffix in ("-wal", ""):  # the log first: a checkpoint between the two loses nothing
            if Path(f"{source}{suffix}").exists():
                shutil.copyfile(f"{source}{suffix}", f"{copy}{suffix}")
        db = apsw.Connection(str(copy))
        try:
            return int(db.execute("select modseq from account").get)
        finally:
            db.close()
