"""RFC 4616."""

import pytest

from aids.channel import ScriptedChannel, tried
from aids.directory import MemoryDirectory
from tayori.errors import LoginFailed, ProtocolError
from tayori.model import Account, Identity
from tayori.sasl.plain import MECHANISM

ALICE = "alice@example.org"
DIRECTORY = MemoryDirectory({ALICE: "wönder land"})


def said(text: str) -> Identity:
    return tried(MECHANISM, ScriptedChannel(initial=text.encode()), DIRECTORY)


@pytest.mark.parametrize("authorize", ["", ALICE])
def test_login_and_password_are_checked(authorize: str) -> None:
    assert said(f"{authorize}\0{ALICE}\0wönder land") == Identity(Account(ALICE), ALICE)


def test_the_response_is_asked_for_when_it_did_not_come_with_the_command() -> None:
    channel = ScriptedChannel([f"\0{ALICE}\0wönder land".encode()])
    assert tried(MECHANISM, channel, DIRECTORY).login == ALICE
    assert channel.asked == [b""]


def test_a_password_is_the_same_in_whatever_form_its_accents_come() -> None:
    assert said(f"\0{ALICE}\0wo\N{COMBINING DIAERESIS}nder land").account == ALICE


@pytest.mark.parametrize(
    "text", [f"\0{ALICE}\0wrong", f"bob@example.org\0{ALICE}\0wönder land", f"\0{ALICE}\0", "\0\0x"]
)
def test_what_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(LoginFailed):
        said(text)


@pytest.mark.parametrize("text", ["", ALICE, f"{ALICE}\0x", f"\0{ALICE}\0x\0y"])
def test_other_than_three_parts_are_no_plain(text: str) -> None:
    with pytest.raises(ProtocolError):
        said(text)


def test_it_shows_the_password_to_the_wire() -> None:
    assert MECHANISM.plaintext
