"""The fields in front of a message, to the octet."""

import pytest

from tayori.delivery import trace
from tayori.message.header import fields
from tayori.model import Account, Address, Envelope, Origin, Recipient

NOW = 1_795_499_340  # 24 November 2026, 05:49 UTC
ALICE = Recipient(Address("alice", "example.org"))


def received(origin: Origin, *recipients: Recipient, smtputf8: bool = False) -> str:
    envelope = Envelope("a@example.net", list(recipients), smtputf8=smtputf8)
    return trace.received(origin, envelope, "mail.example.org", "1abc", NOW, 540).decode()


def test_received_says_from_whom_by_whom_how_for_whom_and_when() -> None:
    origin = Origin("smtp", "192.0.2.1", "mx.example.net", "ESMTPS", "TLSv1.3 TLS_AES_256_GCM_SHA384")
    assert received(origin, ALICE) == (
        "Received: from mx.example.net ([192.0.2.1])\r\n"
        "\tby mail.example.org with ESMTPS id 1abc\r\n"
        "\t(TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
        "\tfor <alice@example.org>;\r\n"
        "\tTue, 24 Nov 2026 14:49:00 +0900\r\n"
    )


def test_received_names_no_recipient_where_there_are_more() -> None:
    assert "for <" not in received(Origin("smtp", "192.0.2.1", "mx"), ALICE, Recipient(Address("bob", "example.org")))


@pytest.mark.parametrize(
    ("address", "helo", "start"),
    [
        ("::1", "mx.example.net", "from mx.example.net ([IPv6:::1])\r\n"),
        ("192.0.2.1", "[192.0.2.7]", "from [192.0.2.7] ([192.0.2.1])\r\n"),
        ("192.0.2.1", "x);evil", "from [192.0.2.1] ([192.0.2.1])\r\n"),
        ("192.0.2.1", "", "from [192.0.2.1] ([192.0.2.1])\r\n"),
        ("unix", "mail.example.org", "from mail.example.org\r\n"),
        ("unix", "(", "by mail.example.org with SMTP"),
        ("unix", "", "by mail.example.org id 1abc"),
    ],
)
def test_received_begins_with_what_the_peer_calls_itself_if_that_is_a_name(address: str, helo: str, start: str) -> None:
    assert received(Origin("smtp", address, helo), ALICE).startswith("Received: " + start)


def test_an_address_in_utf8_is_named_only_in_a_message_that_may_have_it() -> None:
    yamada = Recipient(Address("山田", "例え.jp"))
    assert "for <" not in received(Origin("smtp", "192.0.2.1", "mx"), yamada)
    assert "for <山田@例え.jp>" in received(Origin("smtp", "192.0.2.1", "mx"), yamada, smtputf8=True)


def test_received_tells_nothing_of_the_account() -> None:
    origin = Origin("submission", "192.0.2.1", "pc", "ESMTPA", account=Account("alice@example.org"))
    assert "alice" not in received(origin, ALICE, ALICE)


def test_words_of_tls_cannot_end_the_comment() -> None:
    assert "(TLS evil)" in received(Origin("smtp", "192.0.2.1", "mx", tls="TLS) (\r\nevil"), ALICE)


@pytest.mark.parametrize(("sender", "field"), [("a@b", b"Return-Path: <a@b>\r\n"), ("", b"Return-Path: <>\r\n")])
def test_the_return_path_is_the_senders(sender: str, field: bytes) -> None:
    assert trace.return_path(sender) == field


def test_delivered_to_is_the_recipients() -> None:
    assert fields(trace.delivered_to("alice+x@example.org")) == [(b"Delivered-To", b" alice+x@example.org")]
