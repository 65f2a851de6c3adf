"""A real `tayori serve` with its supervisor and workers, and the standard library's clients to talk to it."""

import imaplib
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

COMMAND = (sys.executable, "-c", "from tayori.cli import main; main()")
ALICE, BOB, PASSWORD = "alice@example.org", "bob@example.org", "correct horse"
PATIENCE = 30.0  # seconds until what should be there is given up

SETTINGS = """\
hostname = "mail.example.org"
domains = ["example.org"]
data = "data"
workers = 2

[listen]
smtp = "127.0.0.1:0"
submission = "127.0.0.1:0"
imap = "127.0.0.1:0"
imaps = "127.0.0.1:0"
pop3 = "127.0.0.1:0"

[auth]
plaintext_without_tls = true
"""


class Server:
    """One server's settings, and its process while it runs."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        folder.mkdir(exist_ok=True)
        self.file = folder / "tayori.toml"
        self.data = folder / "data"
        self.file.write_text(settings)
        self.ports: dict[str, tuple[str, int]] = {}
        self._process: subprocess.Popen[str] | None = None

    # ---- its life

    @property
    def process(self) -> "subprocess.Popen[str]":
        """The supervisor."""
        assert self._process is not None
        return self._process

    def tayori(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Another command with the same settings, done."""
        return subprocess.run(
            [*COMMAND, *arguments, "--config", str(self.file)],
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def add(self, *addresses: str) -> "Server":
        for address in addresses:
            done = self.tayori("account", "add", address, "--password-stdin", given=f"{PASSWORD}\n")
            assert done.returncode == 0, done.stderr
        return self

    def start(self, environment: Mapping[str, str] | None = None) -> "Server":
        """Started (again); `wait` tells when it answers."""
        self.end()
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--config", str(self.file)],
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def wait(self) -> "Server":
        """Ready: `ports` says where each service is."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("ready "), self.errors()
        for name, _, where in (word.partition("=") for word in line.split()[1:]):
            host, _, port = where.rpartition(":")
            self.ports[name] = (host.strip("[]"), int(port))
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def errors(self) -> str:
        """All that it said on stderr, once it has ended."""
        return self.process.communicate(timeout=PATIENCE)[1]

    def lines(self, wanted: str, count: int = 1) -> list[str]:
        """The next lines of its log that contain `wanted`."""
        assert self.process.stderr is not None
        found = (line for line in iter(self.process.stderr.readline, "") if wanted in line)
        return list(islice(found, count))

    def workers(self, role: str) -> list[int]:
        """The processes of a role, as the supervisor has named them."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if _named(child).startswith(f"tayori {role}")]

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    # ---- talking to it

    def send(self, subject: str, recipient: str = ALICE) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "someone@example.net", recipient, subject
        message.set_content("A letter.\n")
        with smtplib.SMTP(*self.ports["smtp"], timeout=PATIENCE) as client:
            client.send_message(message)

    @contextmanager
    def mailbox(self, address: str = ALICE, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """An IMAP session with a selected mailbox."""
        with imaplib.IMAP4(*self.ports["imap"], timeout=PATIENCE) as client:
            client.login(address, PASSWORD)
            client.select(folder)
            yield client

    def subjects(self, address: str = ALICE) -> list[str]:
        """Of all that lies in INBOX."""
        with self.mailbox(address) as client:
            _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        texts = [part[1].decode().strip() for part in found if isinstance(part, tuple)]
        return [text.removeprefix("Subject: ") for text in texts]


def _named(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""
