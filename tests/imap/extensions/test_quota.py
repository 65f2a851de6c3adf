"""QUOTA where there are limits, which no client sets."""

import pytest

from aids.mailroom import ALICE, LOGIN, Mailroom


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ((10 * 2**20, None), b"(STORAGE 1 10240)"),
        ((None, 50), b"(MESSAGE 3 50)"),
        ((1, 3), b"(STORAGE 1 1 MESSAGE 3 3)"),
    ],
)
def test_what_has_a_limit_is_told(limits: tuple[int | None, int | None], told: bytes) -> None:
    room = Mailroom()
    room.accounts.of(ALICE).limits = limits
    lines = room.talk(LOGIN + b'b GETQUOTA ""\r\n')
    assert lines[1:] == [b'* QUOTA "" ' + told, b"b OK GETQUOTA completed"]
