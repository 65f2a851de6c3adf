"""What a header tells: hops, former deliveries, and what is there."""

import pytest

from tayori.delivery.facts import MAX_RECEIVED, Facts, facts, refuse_loops
from tayori.errors import MailLoop
from tayori.model import INBOX, Account, Action, Address, Discard, Forward, Store

STORE = Store(Account("alice@example.org"), INBOX, "Alice+x@example.org")

HEADERS = {
    b"": Facts(0, frozenset(), False, False, False),
    b"From: a\r\nDate: b\r\nMessage-ID: <c>\r\n\r\n": Facts(0, frozenset(), True, True, True),
    b"from: a\ndate :b\nMESSAGE-Id \t:c\n\n": Facts(0, frozenset(), True, True, True),
    b"Subject: x\r\n Date: folded\r\nX-From: y\r\n": Facts(0, frozenset(), False, False, False),
    b"Received: a\r\nRECEIVED: b\r\n\tc\r\nX-Received: d\r\n": Facts(2, frozenset(), False, False, False),
    b"Delivered-To: A@B\r\ndelivered-to:  <c@d> \r\n": Facts(0, frozenset({"a@b", "c@d"}), False, False, False),
    b"Delivered-To: \xff\r\n": Facts(0, frozenset({"\ufffd"}), False, False, False),
}


@pytest.mark.parametrize(("header", "expected"), HEADERS.items())
def test_a_header_tells_this(header: bytes, expected: Facts) -> None:
    assert facts(header) == expected


@pytest.mark.parametrize("field", ["alice+x@example.org", "ALICE+X@example.org"])
def test_a_message_that_was_delivered_to_the_mailbox_before_is_refused(field: str) -> None:
    with pytest.raises(MailLoop, match=r"already delivered to Alice\+x@example.org"):
        refuse_loops(facts(f"Delivered-To: {field}\r\n".encode()), [STORE])


@pytest.mark.parametrize("action", [STORE, Forward(Address("other", "example.org")), Discard("no")])
def test_a_message_that_was_delivered_to_another_mailbox_passes(action: Action) -> None:
    refuse_loops(facts(b"Delivered-To: other@example.org\r\n"), [action])


def test_a_message_that_has_passed_too_many_servers_is_refused() -> None:
    refuse_loops(facts(b"Received: x\r\n" * MAX_RECEIVED), [STORE])
    with pytest.raises(MailLoop, match="more than 100 servers"):
        refuse_loops(facts(b"Received: x\r\n" * (MAX_RECEIVED + 1)), [STORE])
