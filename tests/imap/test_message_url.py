"""IMAP URLs: which of them name a message of this account on this server."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import BadUrl
from tayori.imap.content import FIELDS, Section
from tayori.imap.message_url import TO_THE_END, MessageUrl, parsed
from tayori.model import Account, MailboxName

ALICE = Account("alice@example.org")
INBOX, WHOLE = MailboxName("INBOX"), Section((), b"")
HERE = b"imap://alice%40example.org@mail.example.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (b"/INBOX/;UID=20", MessageUrl(INBOX, None, 20, WHOLE, None)),
        (b"/inbox;uidvalidity=7/;uid=20", MessageUrl(INBOX, 7, 20, WHOLE, None)),
        (b";UID=20/;SECTION=1.2", MessageUrl(None, None, 20, Section((1, 2), b""), None)),
        (b"/a/b/;UID=1/;section=1.mime", MessageUrl(MailboxName("a/b"), None, 1, Section((1,), b"MIME"), None)),
        (b"/a%3Bb%E4%BE%BF/;UID=1", MessageUrl(MailboxName("a;b便"), None, 1, WHOLE, None)),
        (b"/INBOX/;UID=1/;PARTIAL=5", MessageUrl(INBOX, None, 1, WHOLE, (5, TO_THE_END))),
        (b"/INBOX/;UID=1/;SECTION=TEXT/;PARTIAL=0.9", MessageUrl(INBOX, None, 1, Section((), b"TEXT"), (0, 9))),
        (
            b"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(TO)",
            MessageUrl(INBOX, None, 1, Section((), FIELDS, frozenset([b"to"])), None),
        ),
        (HERE + b"/INBOX/;UID=1", MessageUrl(INBOX, None, 1, WHOLE, None)),
        (
            b"imap://Alice%40example.org;AUTH=*@MAIL.example.org:993/INBOX/;UID=1",
            MessageUrl(INBOX, None, 1, WHOLE, None),
        ),
    ],
)
def test_it_names_a_message(url: bytes, expected: MessageUrl) -> None:
    assert parsed(url, "mail.example.org", ALICE) == expected


@pytest.mark.parametrize(
    "url",
    [
        b"",
        b"/INBOX",
        b"/;UID=1",
        b"//;UID=1",
        b"INBOX/;UID=1",
        b"/INBOX;UID=1",
        b"/INBOX/;UID=x",
        b"/INBOX/;UID=1/",
        b"/INBOX/;UID=1/;SECTION=NO",
        b"/INBOX/;UID=1/;SECTION=1]%20",
        b"/INBOX/;UID=1/;SECTION=MIME",
        b"/INBOX/;UID=1/;PARTIAL=a",
        b"/INBOX/;UID=1;URLAUTH=anonymous",
        b"/a%00b/;UID=1",
        b"/%FF/;UID=1",
        b"/" + b"a" * 2000 + b"/;UID=1",
        HERE + b";UID=1",
        HERE + b"/;UID=1",
        b"imap://mail.example.org/INBOX/;UID=1",
        b"imap://bob%40example.org@mail.example.org/INBOX/;UID=1",
        b"imap://%FF@mail.example.org/INBOX/;UID=1",
        b"imap://alice%40example.org@elsewhere.example/INBOX/;UID=1",
        b"http://alice%40example.org@mail.example.org/INBOX/;UID=1",
    ],
)
def test_it_names_none(url: bytes) -> None:
    with pytest.raises(BadUrl) as refused:
        parsed(url, "mail.example.org", ALICE)
    assert refused.value.url == url.decode("latin-1")


@given(st.binary(max_size=60), st.sampled_from([b"*", b"/*/;UID=1", b"/INBOX/;UID=1/;SECTION=*", HERE + b"*"]))
def test_any_octets_are_borne(octets: bytes, around: bytes) -> None:
    with suppress(BadUrl):
        assert parsed(around.replace(b"*", octets), "mail.example.org", ALICE).uid >= 0
