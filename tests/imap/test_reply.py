"""What is said, and which code says it."""

import pytest

from tayori import errors
from tayori.imap import reply


def refusals(kind: type[errors.Refusal]) -> list[type[errors.Refusal]]:
    return [kind, *(inner for each in kind.__subclasses__() for inner in refusals(each))]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.NoSuchMailbox("No such mailbox"), b"a NO [NONEXISTENT] No such mailbox\r\n"),
        (errors.LineTooLong("Too long"), b"a BAD [TOOBIG] Too long\r\n"),
        (errors.UnknownCommand("What?"), b"a BAD What?\r\n"),
        (errors.NoSpace("Full"), b"a NO [OVERQUOTA] Full\r\n"),
        (errors.ShuttingDown("Later"), b"a NO [UNAVAILABLE] Later\r\n"),
        (errors.SenderNotAllowed("No"), b"a NO [NOPERM] No\r\n"),
        (errors.MailLoop(), b"a NO Refused\r\n"),
        (errors.TryLater("a\r\nb é"), b"a NO [UNAVAILABLE] a??b ?\r\n"),
    ],
)
def test_an_error_has_its_word_and_code(error: errors.Refusal, line: bytes) -> None:
    assert reply.refusal(b"a", error) == line


@pytest.mark.parametrize("kind", refusals(errors.Refusal), ids=lambda kind: kind.__name__)
def test_every_refusal_can_be_said(kind: type[errors.Refusal]) -> None:
    assert reply.refusal(b"a", kind("text")).startswith((b"a NO ", b"a BAD "))


def test_a_target_that_lacks_can_be_created() -> None:
    assert reply.refusal(b"a", errors.NoSuchMailbox("No"), target=True) == b"a NO [TRYCREATE] No\r\n"


def test_another_error_of_a_target_keeps_its_code() -> None:
    assert reply.refusal(b"a", errors.OverQuota("No"), target=True) == b"a NO [OVERQUOTA] No\r\n"


def test_an_error_without_a_tag_is_bad() -> None:
    assert reply.refusal(b"*", errors.TooLarge("No")) == b"* BAD [TOOBIG] No\r\n"


@pytest.mark.parametrize("reason", ["timeout", "shutdown", "fault"])
def test_the_last_words_are_bye(reason: str) -> None:
    assert reply.FAREWELLS[reason].startswith(b"* BYE ")


def test_a_mailbox_is_quoted() -> None:
    assert reply.mailbox('a "b" é') == b'"a \\"b\\" &AOk-"'
