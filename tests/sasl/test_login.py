"""draft-murchison-sasl-login."""

import pytest

from aids.channel import ScriptedChannel, tried
from aids.directory import MemoryDirectory
from tayori.errors import LoginFailed
from tayori.sasl.login import MECHANISM

DIRECTORY = MemoryDirectory({"alice@example.org": "wonderland"})


def test_name_and_password_are_asked_for_in_turn() -> None:
    channel = ScriptedChannel([b"alice@example.org", b"wonderland"])
    assert tried(MECHANISM, channel, DIRECTORY).account == "alice@example.org"
    assert channel.asked == [b"Username:", b"Password:"]


def test_the_name_may_come_with_the_command() -> None:
    channel = ScriptedChannel([b"wonderland"], initial=b"alice@example.org")
    assert tried(MECHANISM, channel, DIRECTORY).account == "alice@example.org"
    assert channel.asked == [b"Password:"]


@pytest.mark.parametrize("answers", [[b"alice@example.org", b"no"], [b"", b"wonderland"], [b"alice@example.org", b""]])
def test_what_is_wrong_is_refused(answers: list[bytes]) -> None:
    with pytest.raises(LoginFailed):
        tried(MECHANISM, ScriptedChannel(answers), DIRECTORY)


def test_it_shows_the_password_to_the_wire() -> None:
    assert MECHANISM.plaintext
