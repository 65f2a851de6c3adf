"""What a submission gets and loses."""

import pytest

from tayori.delivery import submission
from tayori.delivery.facts import facts

NOW = 1_795_499_340  # 24 November 2026, 05:49 UTC
BOTH = b"Message-ID: <1abc@mail.example.org>\r\nDate: Tue, 24 Nov 2026 14:49:00 +0900\r\n"


@pytest.mark.parametrize(
    ("header", "added"),
    [
        (b"Subject: x\r\n\r\n", BOTH),
        (b"Message-Id: <x>\r\n\r\n", BOTH[BOTH.index(b"Date") :]),
        (b"Date: x\r\n\r\n", BOTH[: BOTH.index(b"Date")]),
        (b"Date: x\r\nMessage-ID: y\r\n\r\n", b""),
    ],
)
def test_a_submission_gets_what_it_lacks(header: bytes, added: bytes) -> None:
    assert submission.missing(facts(header), "1abc", "mail.example.org", NOW, 540) == added


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        (b"To: a\r\nBcc: b,\r\n c\r\nSubject: d\r\n\r\n", b"To: a\r\nSubject: d\r\n\r\n"),
        (b"BCC :b\r\nresent-bcc: c\r\nReturn-Path: <d>\r\nTo: e\r\n", b"To: e\r\n"),
        (b"To: a\n bcc: b\nX-Bcc: c\n\n", b"To: a\n bcc: b\nX-Bcc: c\n\n"),
    ],
)
def test_a_submission_loses_its_blind_copies_and_nothing_else(header: bytes, sent: bytes) -> None:
    assert submission.without_blind_copies(header) == sent
