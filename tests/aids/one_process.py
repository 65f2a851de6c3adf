"""A whole server in this process, whose calls of the operating system a test can have fail; clients run in threads."""

import asyncio
import imaplib
import os
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tayori import app
from tayori.app import Welcome
from tayori.config import load
from tayori.directory import OpenHouse
from tayori.net.clock import SystemClock

T = TypeVar("T")
ALICE, BOB = "alice@localhost", "bob@localhost"
PATIENCE = 30.0  # seconds


@asynccontextmanager
async def server(data: Path, **settings: str) -> AsyncIterator["Clients"]:
    """Like `tayori dev`, on free ports; `settings` as limits__message="50M"."""
    given = {name.replace("__", "."): value for name, value in settings.items()}
    ports = {key: "127.0.0.1:0" for key in app.DEV if key.startswith("listen.")}
    os.makedirs(data, exist_ok=True)
    config = load(None, {}, {**app.DEV, **ports, **given, "data": str(data)})
    async with app.everything(config, OpenHouse(SystemClock())) as welcome:
        yield Clients(welcome)


class Clients:
    """What can be asked of it; each method is a conversation of its own."""

    def __init__(self, welcome: Welcome) -> None:
        self._addresses = welcome.addresses
        self.ca = welcome.ca

    def port(self, service: str) -> int:
        return int(self._addresses[service].rpartition(":")[2])

    async def deliver(self, content: bytes, *recipients: str) -> int:
        """The code that SMTP ended with."""
        return await in_thread(lambda: self._deliver(content, recipients or (ALICE,)))

    async def append(self, content: bytes) -> str:
        """ "OK" or "NO"."""
        return await in_thread(lambda: self._append(content))

    async def contents(self, account: str = ALICE) -> list[bytes]:
        """Everything in INBOX."""
        return await in_thread(lambda: self._contents(account))

    def _deliver(self, content: bytes, recipients: tuple[str, ...]) -> int:
        with smtplib.SMTP("127.0.0.1", self.port("smtp"), timeout=PATIENCE) as client:
            try:
                client.sendmail("sender@example.net", recipients, content)
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code
            except smtplib.SMTPRecipientsRefused as refused:
                return max(code for code, _ in refused.recipients.values())
        return 250

    def _append(self, content: bytes) -> str:
        with self._log_in(ALICE) as client:
            return client.append("INBOX", "", "", content)[0]

    def _contents(self, account: str) -> list[bytes]:
        with self._log_in(account) as client:
            client.select("INBOX", readonly=True)
            return [part[1] for part in client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]

    def _log_in(self, account: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port("imap"), timeout=PATIENCE)
        client.login(account, "any")
        return client


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)


def copied(source: Path, target: Path) -> Path:
    """DATA as a kill -9 now would leave it. What vanishes meanwhile is left out."""
    for folder, _, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        for name in names:
            try:
                (there / name).write_bytes(Path(folder, name).read_bytes())
            except (FileNotFoundError, OSError):
                continue
    return target
