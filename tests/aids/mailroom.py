"""A server in memory with two accounts, and IMAP sessions of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aids.directory import MemoryDirectory
from aids.house import FixedClock
from aids.intake import MemoryDraft, MemoryIntake
from aids.mailboxes import NOW, MemoryAccounts, MemoryMailbox
from aids.peer import ScriptedPeer
from aids.talk import Happening
from tayori.errors import Gone
from tayori.imap.session import Session
from tayori.imap.settings import Settings
from tayori.model import INBOX, Account, FlagChange, MailboxName, Placement, Receipt, Replaced
from tayori.sasl import login, plain

MECHANISMS = {"PLAIN": plain.MECHANISM, "LOGIN": login.MECHANISM}
ALICE = Account("alice@example.org")
LOGIN = b"a LOGIN alice@example.org wonderland\r\n"

MESSAGES = (
    b"Date: Tue, 24 Nov 2026 05:49:00 +0900\r\nFrom: Bob <bob@example.org>\r\nTo: alice@example.org\r\n"
    b"Subject: one\r\nMessage-ID: <1@example.org>\r\n\r\nThe first.\r\n",
    b"From: carol@example.net\r\nSubject: two\r\n\r\nThe second.\r\nIt has two lines.\r\n",
    b"From: bob@example.org\r\nSubject: three\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n--b\r\n\r\npart one\r\n--b\r\n'
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nFrom: dora@example.net\r\n\r\ninner text\r\n--b--\r\n",
)


class MailIntake(MemoryIntake):
    """What is appended lies in the mailboxes at once."""

    def __init__(self, directory: MemoryDirectory, accounts: MemoryAccounts) -> None:
        super().__init__(directory)
        self.accounts = accounts

    async def append(
        self,
        account: Account,
        mailbox: MailboxName,
        flags: tuple[str, ...],
        received: tuple[int, int] | None,
        size: int,
        replaces: Replaced | None = None,
    ) -> MemoryDraft:
        self.accounts.of(account).named(mailbox)
        return await super().append(account, mailbox, flags, received, size, replaces)

    async def keep(self, draft: MemoryDraft) -> Receipt:
        receipt = await super().keep(draft)
        last = self.appended[-1]
        there = self.accounts.of(last.account).named(last.mailbox)
        uid = there.add(last.content, last.flags, *(last.received or (NOW, 0)))
        if draft.replaces is not None:
            await self.accounts.of(last.account).named(draft.replaces.mailbox).remove([(draft.replaces.uid,) * 2])
        return Receipt(receipt.id, [Placement(last.account, last.mailbox, there.uid_validity, uid)])


@dataclass
class Mailroom:
    """An IMAP server with three messages for alice and none for bob."""

    messages: Sequence[bytes] = MESSAGES
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory({ALICE: "wonderland", "bob@example.org": "builder"})
    )

    def __post_init__(self) -> None:
        self.intake = MailIntake(self.directory, self.accounts)
        self.inbox = self.mailbox(INBOX)
        for message in self.messages:
            self.inbox.add(message)

    def mailbox(self, name: str) -> MemoryMailbox:
        """One of alice's."""
        return self.accounts.of(ALICE).named(MailboxName(name))

    def session(self, peer: ScriptedPeer, **settings: object) -> Session:
        chosen: dict[str, object] = {"hostname": "mail.example.org", "plaintext_without_tls": True, **settings}
        return Session(
            peer,
            Settings(**chosen),  # type: ignore[arg-type]
            MECHANISMS,
            self.accounts,
            self.intake,
            self.directory,
            FixedClock(),
        )

    def talk(self, *chunks: bytes, secure: bool = False, **settings: object) -> list[bytes]:
        """The lines said to the chunks, without the greeting."""
        peer = ScriptedPeer(chunks, secure=secure)
        try:
            asyncio.run(self.session(peer, **settings).run())
        except Gone:
            pass
        return bytes(peer.sent).split(b"\r\n")[1:-1]

    def inbox_talk(self, *commands: bytes) -> list[bytes]:
        """What is said to these lines once INBOX is selected."""
        lines = self.talk(LOGIN + b"s SELECT INBOX\r\n" + b"".join(command + b"\r\n" for command in commands))
        return lines[next(place for place, line in enumerate(lines) if line.startswith(b"s OK")) + 1 :]

    # ---- what happens elsewhere in a talk: "! arrive text"

    def world(self) -> dict[str, Happening]:
        return {
            "arrive": self.arrive,
            "expunge": self.expunge,
            "flag": self.flag,
            "remove": self.remove,
            "keyword": self.keyword,
            "encoded": self.encoded,
            "deliver": self.deliver,
            "mark": self.mark,
            "take": self.take,
            "create": self.create,
            "note": self.note,
            "rename": self.rename,
            "subscribe": self.subscribe,
            "unsubscribe": self.unsubscribe,
        }

    async def arrive(self, text: str) -> None:
        self.inbox.add(f"Subject: {text}\r\n\r\n{text}\r\n".encode())

    async def encoded(self) -> None:
        """A message with an encoded text and an encoded attachment, and one whose encoding nobody knows."""
        self.inbox.add(
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            b"--b\r\nContent-Type: text/plain; charset=latin1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"caf=E9\r\n"
            b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            b"YWIAY2Q=\r\n--b--\r\n"
        )
        self.inbox.add(b"Content-Transfer-Encoding: x-rot13\r\n\r\nuryyb\r\n")

    async def expunge(self, *uids: str) -> None:
        await self.inbox.remove([(int(uid), int(uid)) for uid in uids])

    async def flag(self, uid: str, *flags: str, mailbox: str = INBOX) -> None:
        await self.mailbox(mailbox).store([(int(uid), int(uid))], FlagChange.REPLACE, flags)

    async def mark(self, mailbox: str, uid: str, *flags: str) -> None:
        await self.flag(uid, *flags, mailbox=mailbox)

    async def take(self, mailbox: str, *uids: str) -> None:
        await self.mailbox(mailbox).remove([(int(uid), int(uid)) for uid in uids])

    async def keyword(self, uid: str, name: str) -> None:
        await self.inbox.store([(int(uid), int(uid))], FlagChange.ADD, (name,))

    async def deliver(self, mailbox: str, text: str, *flags: str) -> None:
        self.mailbox(mailbox).add(f"Subject: {text}\r\n\r\n{text}\r\n".encode(), flags)

    async def create(self, *mailboxes: str) -> None:
        for mailbox in mailboxes:
            await self.accounts.of(ALICE).create(MailboxName(mailbox))

    async def note(self, mailbox: str, *notes: str) -> None:
        """Entries, and a value for the last; of the server."""
        *entries, last = notes
        values: dict[str, bytes | None] = {entry: last.encode() for entry in entries}
        if last.startswith("/"):
            values[last] = b"new"
        name = None if mailbox == "server" else MailboxName(mailbox)
        await self.accounts.of(ALICE).annotate(name, values)

    async def rename(self, old: str, new: str) -> None:
        await self.accounts.of(ALICE).rename(MailboxName(old), MailboxName(new))

    async def subscribe(self, mailbox: str) -> None:
        await self.accounts.of(ALICE).subscribe(MailboxName(mailbox))

    async def unsubscribe(self, mailbox: str) -> None:
        await self.accounts.of(ALICE).unsubscribe(MailboxName(mailbox))

    async def remove(self, mailbox: str) -> None:
        await self.accounts.of(ALICE).delete(MailboxName(mailbox))
