"""RFC 4013, RFC 8265."""

import pytest

from tayori.errors import LoginFailed
from tayori.sasl.prepare import MAX_CREDENTIAL, stored, text


def test_text_is_nfc() -> None:
    assert text("e\N{COMBINING ACUTE ACCENT}".encode()) == "é"


@pytest.mark.parametrize("octets", [b"\xff", b"a\0b", b"x" * (MAX_CREDENTIAL + 1)], ids=["latin", "nul", "long"])
def test_what_is_no_credential_fails_as_a_wrong_one_does(octets: bytes) -> None:
    with pytest.raises(LoginFailed):
        text(octets)


# RFC 4013 section 3
@pytest.mark.parametrize(
    ("password", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX"), ("a\u00a0b", "a b")],
)
def test_a_stored_string_is_saslprepped(password: str, prepared: str) -> None:
    assert stored(password) == prepared
