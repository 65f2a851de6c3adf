"""A server in memory with two accounts, and POP3 sessions of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aids.directory import MemoryDirectory
from aids.house import FixedClock
from aids.mailboxes import MemoryAccounts
from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.model import INBOX, Account
from tayori.pop3.session import Session
from tayori.pop3.settings import Settings
from tayori.sasl import login, plain

MECHANISMS = {"PLAIN": plain.MECHANISM, "LOGIN": login.MECHANISM}
ALICE = Account("alice@example.org")
LOGIN = b"USER alice@example.org\r\nPASS wonder land\r\n"

MESSAGES = (
    b"Subject: one\r\nFrom: a@b\r\n\r\nfirst\r\n.dot\r\n..two\r\n",
    b"Subject: two\r\n\r\n1\r\n2\r\n3\r\n4\r\n",
    b"Subject: three\r\n\r\nno end",
)


@dataclass
class Postbox:
    """A POP3 server with three messages for alice and none for bob."""

    messages: Sequence[bytes] = MESSAGES
    accounts: MemoryAccounts = field(default_factory=MemoryAccounts)
    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory({ALICE: "wonder land", "bob@example.org": "builder"})
    )

    def __post_init__(self) -> None:
        self.inbox = self.accounts.of(ALICE).named(INBOX)
        for message in self.messages:
            self.inbox.add(message)

    def session(self, peer: ScriptedPeer, **settings: object) -> Session:
        chosen: dict[str, object] = {"hostname": "mail.example.org", "plaintext_without_tls": True, **settings}
        return Session(peer, Settings(**chosen), MECHANISMS, self.accounts, self.directory, FixedClock())  # type: ignore[arg-type]

    def talk(self, *chunks: bytes, secure: bool = False, **settings: object) -> bytes:
        """All that is said to the chunks, without the greeting."""
        peer = ScriptedPeer(chunks, secure=secure)
        try:
            asyncio.run(self.session(peer, **settings).run())
        except Gone:
            pass
        return bytes(peer.sent).partition(b"\r\n")[2]

    async def arrive(self, text: str) -> None:
        """A talk's "! arrive text"."""
        self.inbox.add(f"Subject: {text}\r\n\r\n{text}\r\n".encode())

    async def expunge(self, uid: str) -> None:
        """A talk's "! expunge uid"."""
        await self.inbox.remove([(int(uid), int(uid))])
