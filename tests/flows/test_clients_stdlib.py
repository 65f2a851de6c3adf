"""smtplib, imaplib and poplib: each way in and each way out; octets come back as they were sent."""

import base64
import imaplib
import poplib
import random
import smtplib
from collections.abc import Callable

import pytest

from aids.office import HOST, Office
from aids.server import PASSWORD, PATIENCE

HEADER = b"From: a@example.net\r\nTo: b@example.org\r\nSubject: s\r\nDate: Mon, 2 Mar 2026 10:00:00 +0900\r\n"
NAMED = HEADER + b"Message-ID: <1@example.net>\r\n"
LETTER = NAMED + b"\r\nA letter.\r\n"


def large(octets: int) -> bytes:
    """A message with an attachment of so many octets."""
    encoded = base64.encodebytes(random.Random(1).randbytes(octets)).replace(b"\n", b"\r\n")
    part = b"--=\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return (
        NAMED
        + b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="="\r\n\r\n'
        + part
        + encoded
        + b"--=--\r\n"
    )


MESSAGES = {
    "8-bit": NAMED + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xe4\xbe\xbf\xe3\x82\x8a \xff\xfe\r\n",
    "long lines": NAMED + b"\r\n" + b"x" * 998 + b"\r\n" + b"y" * 5000 + b"\r\n",
    "dots": NAMED + b"\r\n.\r\n..\r\n.text\r\n...\r\nend.\r\n",
    "empty lines": NAMED + b"\r\n\r\n\r\n\r\n",
    "no body": HEADER + b"Message-ID: <2@example.net>\r\n\r\n",
    "trailing white": NAMED + b"\r\nspace \r\ntab\t\r\n \r\n",
    "1 MB": large(2**20),
}
messages = pytest.mark.parametrize("octets", MESSAGES.values(), ids=MESSAGES)


# ---- Ways in


def smtp(office: Office, service: str) -> smtplib.SMTP:
    """A connection, in TLS where the port wants it."""
    if service == "submissions":
        return smtplib.SMTP_SSL(HOST, office.port(service), timeout=PATIENCE, context=office.trust)
    client = smtplib.SMTP(HOST, office.port(service), timeout=PATIENCE)
    if service != "smtp":
        client.starttls(context=office.trust)
    return client


def test_mail_comes_in_by_port_25_in_the_clear(office: Office, account: str) -> None:
    with smtp(office, "smtp") as client:
        client.sendmail("a@example.net", account, LETTER)
    assert office.texts(account)[0].endswith(LETTER)


@pytest.mark.parametrize("service", ["submission", "submissions"])
@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_who_has_logged_in_may_submit(office: Office, account: str, service: str, mechanism: str) -> None:
    with smtp(office, service) as client:
        client.ehlo()
        client.user, client.password = account, PASSWORD  # what its methods read
        name = mechanism.removeprefix("auth_").upper()
        assert client.auth(name, getattr(client, mechanism))[0] == 235
        client.sendmail(account, account, LETTER)
    assert office.texts(account)[0].endswith(LETTER)


def test_a_wrong_password_is_refused(office: Office, account: str) -> None:
    with smtp(office, "submission") as client, pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
        client.login(account, "wrong")
    assert refusal.value.smtp_code == 535


def test_passwords_are_not_asked_for_before_tls(office: Office) -> None:
    with smtplib.SMTP(HOST, office.port("submission"), timeout=PATIENCE) as client:
        client.ehlo()
        assert not {"PLAIN", "LOGIN"} & set(client.esmtp_features.get("auth", "").split())
        client.starttls(context=office.trust)
        client.ehlo()
        assert {"PLAIN", "LOGIN"} <= set(client.esmtp_features["auth"].split())


def test_nobody_submits_in_anothers_name(office: Office, account: str) -> None:
    with smtp(office, "submissions") as client:
        client.login(account, PASSWORD)
        with pytest.raises(smtplib.SMTPResponseException) as refusal:
            client.sendmail("somebody.else@example.org", account, LETTER)
    assert refusal.value.smtp_code in (550, 553)


def test_a_recipient_elsewhere_is_not_relayed(office: Office) -> None:
    with smtp(office, "smtp") as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        client.sendmail("a@example.net", "b@example.com", LETTER)
    assert refusal.value.recipients["b@example.com"][0] == 550


# ---- Octets


@messages
def test_what_came_by_smtp_is_read_by_imap_as_it_was(office: Office, account: str, octets: bytes) -> None:
    office.submit(octets, account)
    (text,) = office.texts(account)
    assert text.endswith(octets)
    assert text.removesuffix(octets).startswith(b"Return-Path: <someone@example.net>\r\n")


@messages
def test_what_came_by_smtp_is_read_by_pop3_as_it_was(
    office: Office, account: str, octets: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poplib, "_MAXLINE", 10_000)  # its guard, not the protocol's
    office.submit(octets, account)
    with office.collecting(account) as client:
        _, lines, size = client.retr(1)
        assert client.stat() == (1, size)
    assert b"\r\n".join([*lines, b""]).endswith(octets)


@messages
def test_what_was_appended_is_fetched_as_it_was(office: Office, account: str, octets: bytes) -> None:
    with office.reading(account) as client:
        client.append("INBOX", "(\\Seen Later)", None, octets)
    assert office.texts(account) == [octets]
    assert office.flags(account) == [{"\\Seen", "Later"}]


def test_a_message_without_a_final_newline_stays_so(office: Office, account: str) -> None:
    octets = LETTER + b"no newline"
    with smtp(office, "smtp") as client:
        client.ehlo()
        client.mail("a@example.net")
        client.rcpt(account)
        client.send(b"BDAT %d LAST\r\n%b" % (len(octets), octets))
        assert client.getreply()[0] == 250
    with office.reading(account) as reader:
        reader.append("INBOX", "", None, octets)
    arrived, appended = office.texts(account)
    assert arrived.endswith(octets)
    assert appended == octets


def test_line_ends_of_a_binary_message_stay_as_they_were(office: Office, account: str) -> None:
    octets = LETTER + b"lf\ncr\rnul\0crlf\r\n\xff"
    with smtp(office, "smtp") as client:
        client.ehlo()
        client.mail("a@example.net", ["BODY=BINARYMIME"])
        client.rcpt(account)
        client.send(b"BDAT 9\r\n%bBDAT %d LAST\r\n%b" % (octets[:9], len(octets) - 9, octets[9:]))
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]
    assert office.texts(account)[0].endswith(octets.replace(b"\0", b"\x80"))  # RFC 3501: no literal holds NUL


# ---- Ways out


def imap_starttls(office: Office) -> imaplib.IMAP4:
    client = imaplib.IMAP4(HOST, office.port("imap"), timeout=PATIENCE)
    client.starttls(office.trust)
    return client


def imap_tls(office: Office) -> imaplib.IMAP4:
    return imaplib.IMAP4_SSL(HOST, office.port("imaps"), ssl_context=office.trust, timeout=PATIENCE)


@pytest.mark.parametrize("opened", [imap_starttls, imap_tls])
def test_imaplib_logs_in_and_reads(office: Office, account: str, opened: Callable[[Office], imaplib.IMAP4]) -> None:
    office.submit(LETTER, account)
    with opened(office) as client:
        client.login(account, PASSWORD)
        client.select("INBOX")
        assert client.search(None, "SUBJECT", "s") == ("OK", [b"1"])


def test_imaplib_logs_in_by_a_mechanism(office: Office, account: str) -> None:
    with imap_tls(office) as client:
        client.authenticate("PLAIN", lambda _: f"\0{account}\0{PASSWORD}".encode())
        assert client.state == "AUTH"


def test_imap_hears_no_password_in_the_clear(office: Office, account: str) -> None:
    with imaplib.IMAP4(HOST, office.port("imap"), timeout=PATIENCE) as client:
        assert "LOGINDISABLED" in client.capabilities
        with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED"):
            client.login(account, PASSWORD)


def test_mail_is_moved_copied_and_expunged(office: Office, account: str) -> None:
    for _ in range(3):
        office.submit(LETTER, account)
    with office.reading(account) as client:
        client.create("Work")
        client.copy("1", "Work")
        client.uid("MOVE", "2", "Work")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
        assert client.uid("SEARCH", "ALL") == ("OK", [b"1"])
    assert len(office.texts(account, "Work")) == 2


def pop3_stls(office: Office) -> poplib.POP3:
    client = poplib.POP3(HOST, office.port("pop3"), timeout=PATIENCE)
    client.stls(office.trust)
    return client


def pop3_tls(office: Office) -> poplib.POP3:
    return poplib.POP3_SSL(HOST, office.port("pop3s"), context=office.trust, timeout=PATIENCE)


@pytest.mark.parametrize("opened", [pop3_stls, pop3_tls])
def test_poplib_reads_and_deletes(office: Office, account: str, opened: Callable[[Office], poplib.POP3]) -> None:
    for _ in range(2):
        office.submit(LETTER, account)
    client = opened(office)
    client.user(account)
    client.pass_(PASSWORD)
    assert client.stat()[0] == 2
    assert b"A letter." not in client.top(1, 0)[1]
    client.dele(1)
    client.quit()
    with office.collecting(account) as again:
        assert [line.split()[0] for line in again.uidl()[1]] == [b"1"]


def test_pop3_hears_no_password_in_the_clear(office: Office, account: str) -> None:
    client = poplib.POP3(HOST, office.port("pop3"), timeout=PATIENCE)
    assert "USER" not in client.capa()
    with pytest.raises(poplib.error_proto):
        client.user(account)
    client.quit()


def test_a_uidl_is_the_same_in_every_session(office: Office, account: str) -> None:
    office.submit(LETTER, account)
    seen = []
    for _ in range(4):
        with office.collecting(account) as client:
            seen.append(client.uidl()[1])
    assert all(told == seen[0] for told in seen)
