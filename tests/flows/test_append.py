"""Messages together, put together and one for another, on a server with its store and spool: the octets come back."""

import imaplib
import re

import pytest

from aids.office import Office

LINE = b"0123456789" * 7 + b"\r\n"
LARGE = b"Subject: large\r\n\r\n" + LINE * 20_000  # 1.4 MB: each has a file of its own
SMALL = b"Subject: small\r\n\r\nA letter.\r\n"


def said(client: imaplib.IMAP4, command: bytes) -> bytes:
    """The tagged response; with LITERAL+ nothing is waited for."""
    client.send(b"tag " + command + b"\r\n")
    while not (line := client.readline()).startswith(b"tag "):
        assert line
    return line.removeprefix(b"tag ").strip()


def literal(octets: bytes) -> bytes:
    return b"{%d+}\r\n%b" % (len(octets), octets)


def contents(client: imaplib.IMAP4) -> dict[int, bytes]:
    """By UID."""
    _, parts = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
    found = [(re.search(rb"UID (\d+)", part[0]), part[1]) for part in parts if isinstance(part, tuple)]
    return {int(uid[1]): raw for uid, raw in found if uid}


def test_large_and_small_ones_come_together(office: Office, account: str) -> None:
    with office.reading(account) as client:
        answer = said(client, b"APPEND INBOX " + b" ".join(literal(each) for each in (SMALL, LARGE, SMALL, LARGE)))
        assert re.fullmatch(rb"OK \[APPENDUID \d+ 1:4\] Appended", answer)
        assert contents(client) == {1: SMALL, 2: LARGE, 3: SMALL, 4: LARGE}


def test_one_that_is_refused_leaves_none(office: Office, account: str) -> None:
    with office.reading(account) as client:
        answer = said(client, b"APPEND INBOX %b %b" % (literal(LARGE), literal(b"NUL\0")))
        assert answer.startswith(b"NO [UNKNOWN-CTE]")
        assert contents(client) == {}


@pytest.mark.parametrize("content", [SMALL, LARGE, LARGE + b"\n"])
def test_a_message_is_made_of_another(office: Office, account: str, content: bytes) -> None:
    with office.reading(account) as client:
        said(client, b"APPEND INBOX " + literal(content))
        url = b'URL "/INBOX/;UID=1/;SECTION=%b"'
        parts = [b"TEXT " + literal(b"A: b\r\n"), url % b"HEADER", url % b"TEXT/;PARTIAL=5.1000000", url % b"TEXT"]
        assert said(client, b"APPEND INBOX CATENATE (%b)" % b" ".join(parts)).startswith(b"OK [APPENDUID")
        header, _, text = content.partition(b"\r\n\r\n")
        assert contents(client)[2] == b"A: b\r\n" + header + b"\r\n\r\n" + text[5:1_000_005] + text


def test_one_comes_and_another_goes(office: Office, account: str) -> None:
    with office.reading(account) as client:
        said(client, b"APPEND INBOX %b %b" % (literal(SMALL), literal(SMALL)))
        assert said(client, b"UID REPLACE 1 INBOX (\\Draft) " + literal(LARGE)) == b"OK UID REPLACE completed"
        assert contents(client) == {2: SMALL, 3: LARGE}


def test_a_mailbox_that_is_not_there_costs_nothing(office: Office, account: str) -> None:
    with office.reading(account) as client:
        said(client, b"APPEND INBOX " + literal(SMALL))
        assert said(client, b"UID REPLACE 1 Nowhere " + literal(SMALL)).startswith(b"NO [TRYCREATE]")
        assert contents(client) == {1: SMALL}


def test_a_message_for_no_mailbox_is_refused_before_its_octets_are_asked_for(office: Office, account: str) -> None:
    with office.reading(account) as client:
        assert said(client, b"APPEND Nowhere {300}").startswith(b"NO [TRYCREATE]")
