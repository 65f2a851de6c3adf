"""A server with every service, and a certificate that clients check, for flows with real clients."""

import imaplib
import os
import poplib
import pwd
import smtplib
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import trustme
from click.testing import CliRunner

from aids.server import PASSWORD, PATIENCE, Server
from tayori.cli import main

HOST = "localhost"
OTHER_HOST = "mail.example.net"  # has a certificate of its own
ADD = ("account", "add", "--password-stdin")
SETTINGS = """\
hostname = "mail.example.org"
domains = ["example.org"]
data = "data"
workers = 2

[listen]
smtp = "127.0.0.1:0"
submission = "127.0.0.1:0"
submissions = "127.0.0.1:0"
lmtp = "127.0.0.1:0"
imap = "127.0.0.1:0"
imaps = "127.0.0.1:0"
pop3 = "127.0.0.1:0"
pop3s = "127.0.0.1:0"

[tls]
certificate = ["certificate.pem", "other.pem"]
key = ["key.pem", "other-key.pem"]
"""


class Office(Server):
    """`trust` verifies its certificate, `ca` is the file that programs are told to trust."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SETTINGS)
        authority = trustme.CA()
        mine = authority.issue_cert(HOST, "127.0.0.1", common_name=HOST)  # without that fetchmail refuses it
        mine.private_key_pem.write_to_path(folder / "key.pem")
        mine.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        other = authority.issue_cert(OTHER_HOST)
        other.private_key_pem.write_to_path(folder / "other-key.pem")
        other.cert_chain_pems[0].write_to_path(folder / "other.pem")
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.trust = ssl.create_default_context(cafile=str(self.ca))
        self._numbers = count(1)

    def port(self, service: str) -> int:
        return self.ports[service][1]

    def new_account(self) -> str:
        """The address of an account that nobody else uses."""
        address = f"user{next(self._numbers)}@example.org"
        made = CliRunner().invoke(main, ["--config", str(self.file), *ADD, address], input=f"{PASSWORD}\n")
        assert made.exit_code == 0, made.output  # the same as `add`, without a new interpreter
        return address

    def submit(self, octets: bytes, recipient: str) -> None:
        """Into a mailbox by SMTP, as it stands."""
        with smtplib.SMTP(HOST, self.port("smtp"), timeout=PATIENCE) as client:
            client.sendmail("someone@example.net", recipient, octets, ["BODY=8BITMIME"])

    @contextmanager
    def reading(self, address: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """An IMAP session over TLS with a selected mailbox."""
        with imaplib.IMAP4_SSL(HOST, self.port("imaps"), ssl_context=self.trust, timeout=PATIENCE) as client:
            client.login(address, PASSWORD)
            client.select(folder)
            yield client

    @contextmanager
    def collecting(self, address: str) -> Iterator[poplib.POP3]:
        """A POP3 session over TLS; what it deletes is gone at the end."""
        client = poplib.POP3_SSL(HOST, self.port("pop3s"), context=self.trust, timeout=PATIENCE)
        client.user(address)
        client.pass_(PASSWORD)
        yield client
        client.quit()

    def texts(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Each message whole, by UID."""
        with self.reading(address, folder) as client:
            return [part[1] for part in client.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]

    def flags(self, address: str, folder: str = "INBOX") -> list[set[str]]:
        """Each message's, by UID, without \\Recent."""
        with self.reading(address, folder) as client:
            told = client.fetch("1:*", "(FLAGS)")[1]
        lists = [imaplib.ParseFlags(line) for line in told if isinstance(line, bytes)]
        return [{flag.decode() for flag in one} - {"\\Recent"} for one in lists]


@contextmanager
def running(office: Office, **environment: str) -> Iterator[Office]:
    """The server answers; at the end it stops in order, and nothing went wrong within it meanwhile."""
    office.start(environment)
    try:
        office.wait()
        yield office
        assert office.stop() == 0
        faults = [line for line in office.errors().splitlines() if " ERROR " in line or "Traceback" in line]
        assert not faults, faults
    finally:
        office.end()


def run(
    arguments: Sequence[str | Path],
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> bytes:
    """A program's stdout; it must succeed. With `user` it runs as that one, in that one's group alone."""
    done = subprocess.run(
        arguments,
        input=given,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout
