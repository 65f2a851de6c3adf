"""Programs that read: curl, getmail and fetchmail; and what openssl sees of TLS."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aids.clients import need
from aids.office import HOST, OTHER_HOST, Office, run
from aids.server import PASSWORD, PATIENCE

pytestmark = pytest.mark.client

NOBODY = "nobody" if os.geteuid() == 0 else None  # getmail refuses to deliver as root
HEADER = b"From: a@example.net\r\nMessage-ID: <1@example.net>\r\nSubject: "
LETTERS = [HEADER + b"one\r\n\r\nA letter.\r\n", HEADER + b"two\r\n\r\n.dot\r\n\xe4\xbe\xbf\xe3\x82\x8a\r\n"]


@pytest.fixture
def filled(office: Office, account: str) -> str:
    """The address of an account that has both letters."""
    for letter in LETTERS:
        office.submit(letter, account)
    return account


def as_lf(letters: list[bytes]) -> list[bytes]:
    """As a Maildir has them."""
    return sorted(letter.replace(b"\r\n", b"\n") for letter in letters)


# ---- curl


def curl(office: Office, account: str, where: str, *more: str) -> bytes:
    scheme, _, path = where.partition("://")
    login = ("--user", f"{account}:{PASSWORD}")
    address = f"{scheme}://{HOST}:{office.port(scheme)}/{path}"
    return run([need("curl"), "--silent", "--show-error", "--ssl-reqd", "--cacert", office.ca, *login, *more, address])


def test_curl_lists_mailboxes(office: Office, account: str) -> None:
    listed = curl(office, account, "imaps://")
    assert [name in listed for name in (b"INBOX", b"\\Sent", b"\\Trash")] == [True] * 3


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_curl_fetches_by_uid_and_section(office: Office, filled: str, scheme: str) -> None:
    assert curl(office, filled, f"{scheme}://INBOX;UID=2").endswith(LETTERS[1])
    assert curl(office, filled, f"{scheme}://INBOX;UID=2;SECTION=TEXT") == LETTERS[1].partition(b"\r\n\r\n")[2]
    assert curl(office, filled, f"{scheme}://INBOX?SUBJECT%20two") == b"* SEARCH 2\r\n"


@pytest.mark.parametrize("scheme", ["pop3", "pop3s"])
def test_curl_reads_a_maildrop(office: Office, filled: str, scheme: str) -> None:
    assert len(curl(office, filled, f"{scheme}://").splitlines()) == len(LETTERS)
    assert curl(office, filled, f"{scheme}://2").endswith(LETTERS[1])


def test_curl_puts_a_letter_into_a_mailbox(office: Office, account: str, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(LETTERS[0])
    curl(office, account, "imaps://Drafts", "--upload-file", str(tmp_path / "letter"))
    assert office.texts(account, "Drafts") == LETTERS[:1]


# ---- getmail

GETMAILRC = """\
[retriever]
type = {kind}
server = {host}
port = {port}
username = {account}
password = {password}
ca_certs = {ca}
[destination]
type = Maildir
path = {maildir}/
[options]
read_all = false
delete = {delete}
delivered_to = false
received = false
"""


class Getmail:
    """Its folder, which belongs to whom it runs as."""

    def __init__(self, office: Office, account: str, folder: Path, kind: str, delete: bool) -> None:
        self._getmail = need("getmail")
        self.folder = folder
        self.maildir = folder / "mail"
        port = office.port("pop3s" if "POP3" in kind else "imaps")
        (folder / "ca.pem").write_bytes(office.ca.read_bytes())
        values = {"host": HOST, "port": port, "password": PASSWORD, "ca": folder / "ca.pem", "maildir": self.maildir}
        (folder / "getmailrc").write_text(GETMAILRC.format(**values, kind=kind, account=account, delete=delete))
        for name in ("cur", "new", "tmp"):
            (self.maildir / name).mkdir(parents=True)
        if NOBODY:
            run(["chown", "-R", NOBODY, folder])

    def get(self) -> list[bytes]:
        """All that lies in its Maildir afterwards."""
        where = {"HOME": str(self.folder)}
        run([self._getmail, f"--getmaildir={self.folder}", "--rcfile=getmailrc"], environment=where, user=NOBODY)
        files = [path.read_bytes() for path in (self.maildir / "new").iterdir()]
        return [file.replace(b"X-getmail-retrieved-from-mailbox: INBOX\n", b"") for file in files]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may reach."""
    with TemporaryDirectory(prefix="tayori-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("kind", ["SimplePOP3SSLRetriever", "SimpleIMAPSSLRetriever"])
def test_getmail_gets_each_letter_once(office: Office, filled: str, open_folder: Path, kind: str) -> None:
    getmail = Getmail(office, filled, open_folder, kind, delete=False)
    once = getmail.get()
    assert sorted(once) == as_lf(office.texts(filled))
    assert sorted(getmail.get()) == sorted(once)


@pytest.mark.parametrize("kind", ["SimplePOP3SSLRetriever", "SimpleIMAPSSLRetriever"])
def test_getmail_deletes_what_it_has(office: Office, filled: str, open_folder: Path, kind: str) -> None:
    before = as_lf(office.texts(filled))
    assert sorted(Getmail(office, filled, open_folder, kind, delete=True).get()) == before
    assert office.texts(filled) == []


# ---- fetchmail

FETCHMAILRC = """\
poll {host} service {port} protocol {protocol}
  username "{account}" password "{password}"
  {tls} sslcertck sslcertfile "{ca}"
  mda "cat >>{taken}; echo >>{taken}" no rewrite
"""
STARTTLS, TLS = 'sslproto "tls1.2+"', "ssl"


def fetchmail(office: Office, account: str, folder: Path, service: str, *more: str) -> bytes:
    """All the letters that it has handed on."""
    program = need("fetchmail")
    rc, taken = folder / "fetchmailrc", folder / "taken"
    values = {"host": HOST, "port": office.port(service), "account": account, "password": PASSWORD, "ca": office.ca}
    protocol, tls = service.rstrip("s").upper(), TLS if service.endswith("s") else STARTTLS
    rc.write_text(FETCHMAILRC.format(**values, protocol=protocol, tls=tls, taken=taken))
    rc.chmod(0o600)
    where = ("--fetchmailrc", rc, "--idfile", folder / "ids", "--pidfile", folder / "pid")
    run([program, *where, "--norewrite", "--invisible", *more], environment={"FETCHMAILHOME": str(folder)})
    return taken.read_bytes()


@pytest.mark.parametrize("service", ["pop3", "pop3s", "imap", "imaps"])
def test_fetchmail_takes_all_letters_away(office: Office, filled: str, tmp_path: Path, service: str) -> None:
    taken = fetchmail(office, filled, tmp_path, service)
    assert [taken.count(b"Subject: one\n"), taken.count(b"\n.dot\n\xe4\xbe\xbf\xe3\x82\x8a\n")] == [1, 1]
    assert office.texts(filled) == []


def test_fetchmail_leaves_letters_where_it_is_told_to(office: Office, filled: str, tmp_path: Path) -> None:
    fetchmail(office, filled, tmp_path, "imap", "--keep")
    assert office.flags(filled) == [{"\\Seen"}, {"\\Seen"}]


# ---- openssl

STARTTLS_NAMES = {"smtp": "smtp", "submission": "smtp", "imap": "imap", "pop3": "pop3"}


def s_client(office: Office, service: str, *more: str, name: str = HOST) -> "subprocess.CompletedProcess[bytes]":
    starttls = ("-starttls", STARTTLS_NAMES[service]) if service in STARTTLS_NAMES else ()
    verified = ("-CAfile", str(office.ca), "-verify_return_error", "-verify_hostname", name)
    where = ("-connect", f"127.0.0.1:{office.port(service)}", "-servername", name)
    command = [need("openssl"), "s_client", "-brief", *where, *verified, *starttls, *more]
    return subprocess.run(command, input=b"", capture_output=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("service", ["smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s"])
@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_every_port_speaks_tls_1_2_and_1_3(office: Office, service: str, version: str) -> None:
    done = s_client(office, service, f"-tls{version}")
    assert done.returncode == 0, done.stderr
    assert f"Protocol version: TLSv{version.replace('_', '.')}".encode() in done.stderr


@pytest.mark.parametrize("service", ["imaps", "submission"])
def test_who_asks_for_another_name_is_shown_its_certificate(office: Office, service: str) -> None:
    assert s_client(office, service, name=OTHER_HOST).returncode == 0
    assert s_client(office, service, name="mail.example.com").returncode != 0


@pytest.mark.parametrize("service", ["imaps", "submission"])
def test_tls_1_1_is_not_spoken(office: Office, service: str) -> None:
    done = s_client(office, service, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
    assert done.returncode != 0
    assert b"protocol version" in done.stderr
