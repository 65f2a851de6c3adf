"""Programs that send: swaks, curl and msmtp."""

from email import message_from_bytes
from pathlib import Path

import pytest

from aids.clients import absent, need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

BODY = b"A letter.\r\n.dot\r\nend\r\n"
LETTER = b"From: a@example.net\r\nSubject: \xe4\xbe\xbf\xe3\x82\x8a\r\nMessage-ID: <1@example.net>\r\n\r\n" + BODY


def swaks(office: Office, service: str, account: str, *more: str) -> bytes:
    """What it says of a letter from and to `account`."""
    who = ("--server", HOST, "--port", str(office.port(service)), "--from", account, "--to", account)
    text = LETTER.decode().removesuffix("\r\n").replace("\r\n", "\\n")  # it adds the last line's end
    return run([need("swaks"), *who, "--data", text, "--tls-ca-path", str(office.ca), "--tls-verify", *more])


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("service", "tls"), [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_swaks_logs_in_and_submits(office: Office, account: str, service: str, tls: str, mechanism: str) -> None:
    if b"=== TLS supported" not in run([need("swaks"), "--support"]):
        absent("swaks has no TLS: libnet-ssleay-perl is not installed")
    said = swaks(office, service, account, tls, "--auth", mechanism, "--auth-user", account, "-ap", PASSWORD)
    assert b" 250 2.0.0 " in said
    assert office.texts(account)[0].endswith(BODY)


def test_swaks_pipelines(office: Office, account: str) -> None:
    swaks(office, "smtp", account, "--pipeline")
    assert office.texts(account)[0].endswith(BODY)


def test_swaks_delivers_by_lmtp(office: Office, account: str) -> None:
    swaks(office, "lmtp", account, "--protocol", "LMTP")
    assert office.texts(account)[0].endswith(BODY)


def curl(office: Office, address: str, *more: str | Path, given: bytes = b"") -> bytes:
    return run([need("curl"), "--silent", "--show-error", "--cacert", office.ca, *more, address], given)


def test_curl_sends_in_the_clear(office: Office, account: str) -> None:
    parties = ("--mail-from", "a@example.net", "--mail-rcpt", account)
    curl(office, f"smtp://{HOST}:{office.port('smtp')}", *parties, "-T", "-", given=LETTER)
    assert office.texts(account)[0].endswith(LETTER)


def test_curl_submits_in_tls_to_several(office: Office, account: str) -> None:
    other = office.new_account()
    parties = ("--mail-from", account, "--mail-rcpt", account, "--mail-rcpt", other)
    login = ("--user", f"{account}:{PASSWORD}")
    curl(office, f"smtps://{HOST}:{office.port('submissions')}", *parties, *login, "-T", "-", given=LETTER)
    assert [office.texts(one)[0].endswith(BODY) for one in (account, other)] == [True, True]


def test_curl_submits_what_it_makes_of_parts(office: Office, account: str, tmp_path: Path) -> None:
    (tmp_path / "letter").write_bytes(LETTER)
    parties = ("--mail-from", account, "--mail-rcpt", account, "--user", f"{account}:{PASSWORD}")
    parts = ("-F", "=hello;type=text/plain", "-F", f"=@{tmp_path / 'letter'};encoder=base64")
    curl(office, f"smtps://{HOST}:{office.port('submissions')}", *parties, *parts, "-H", "Subject: in parts")
    attached = list(message_from_bytes(office.texts(account)[0]).walk())[-1]
    assert attached.get_payload(decode=True) == LETTER


def test_curl_asks_whether_an_address_is_here(office: Office, account: str) -> None:
    said = curl(office, f"smtp://{HOST}:{office.port('smtp')}", "--mail-rcpt", account)
    assert said.startswith(b"252 ")


MSMTP = """\
account default
host {host}
port {port}
tls on
tls_starttls {starttls}
tls_trust_file {ca}
auth {mechanism}
user {account}
passwordeval printf %s '{password}'
from {account}
"""


@pytest.mark.parametrize("mechanism", ["plain", "login", "scram-sha-256", "on"])
@pytest.mark.parametrize(("service", "starttls"), [("submission", "on"), ("submissions", "off")])
def test_msmtp_logs_in_and_submits(
    office: Office, account: str, tmp_path: Path, service: str, starttls: str, mechanism: str
) -> None:
    rc = tmp_path / "msmtprc"
    values = {"host": HOST, "port": office.port(service), "ca": office.ca, "password": PASSWORD}
    rc.write_text(MSMTP.format(**values, starttls=starttls, mechanism=mechanism, account=account))
    rc.chmod(0o600)
    run([need("msmtp"), "--file", rc, account], LETTER.replace(b"\r\n", b"\n"))
    assert office.texts(account)[0].endswith(BODY)
