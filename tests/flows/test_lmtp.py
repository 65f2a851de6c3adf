"""An MTA in front delivers by LMTP: each recipient has its own answer after the text. RFC 2033 section 4.2."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from aids.crash import MortalServer
from aids.server import ALICE, BOB, PATIENCE, SETTINGS

LETTER = "Subject: {}\r\n\r\n" + "A line of a letter.\r\n" * 100


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MortalServer]:
    """It answers by LMTP too; bob has less room than a letter takes, so RCPT is none the wiser."""
    server = MortalServer(tmp_path / "server", SETTINGS.replace("[listen]", '[listen]\nlmtp = "127.0.0.1:0"'))
    server.add(ALICE, BOB)
    room_for_bob(server, "1K")
    server.start().wait()
    yield server
    server.end()


def room_for_bob(server: MortalServer, size: str) -> None:
    done = server.tayori("account", "quota", BOB, "--quota", size)
    assert done.returncode == 0, done.stderr


def answers(server: MortalServer, subject: str, *recipients: str) -> list[int]:
    """The codes behind the text's end."""
    with smtplib.LMTP(*server.ports["lmtp"], timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("carol@example.net")
        assert [client.rcpt(each)[0] for each in recipients] == [250] * len(recipients)
        first, _ = client.data(LETTER.format(subject))
        return [first, *(client.getreply()[0] for _ in recipients[1:])]


def test_who_has_no_room_is_refused_and_the_others_are_served(server: MortalServer) -> None:
    assert answers(server, "one", ALICE, BOB) == [250, 552]
    assert answers(server, "two", BOB, ALICE) == [552, 250]
    assert answers(server, "three", BOB) == [552]
    assert (server.subjects(ALICE), server.subjects(BOB)) == (["one", "two"], [])


def test_what_was_refused_is_not_there_after_a_kill(server: MortalServer) -> None:
    assert answers(server, "one", BOB, ALICE) == [552, 250]
    server.kill()
    room_for_bob(server, "none")
    server.start().wait()
    assert answers(server, "two", BOB, ALICE) == [250, 250]
    assert (server.subjects(ALICE), server.subjects(BOB)) == (["one", "two"], ["two"])
