"""RFC 2449 section 8, RFC 3206: errors to codes."""

import pytest

from tayori import errors
from tayori.errors import Refusal
from tayori.pop3 import reply


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (errors.LoginFailed("No"), b"-ERR [AUTH] No\r\n"),
        (errors.TryLater("Busy"), b"-ERR [SYS/TEMP] Busy\r\n"),
        (errors.InUse("Held"), b"-ERR [IN-USE] Held\r\n"),
        (errors.ProtocolError("What"), b"-ERR What\r\n"),
        (errors.Expunged("Gone"), b"-ERR Gone\r\n"),
        (errors.Refusal(), b"-ERR Refused\r\n"),
        (errors.Refusal("two\r\nlines"), b"-ERR two lines\r\n"),
    ],
)
def test_a_refusal_is_one_line_with_its_code(refused: Refusal, said: bytes) -> None:
    assert reply.refusal(refused) == said


@pytest.mark.parametrize("reason", ["timeout", "shutdown", "fault"])
def test_a_farewell_is_a_refusal(reason: str) -> None:
    assert reply.farewell(reason).startswith(b"-ERR ")


def test_there_is_no_farewell_for_what_is_not_foreseen() -> None:
    assert reply.farewell("") == b""
