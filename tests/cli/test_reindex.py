"""tayori reindex"""

import sys

import pytest

from aids.commands import Commands, Terminal
from tayori.cli.reindex import shown
from tayori.model import Account
from tayori.net import start


def test_every_account_is_made_anew(commands: Commands) -> None:
    for address in ("alice@example.org", "bob@example.org"):
        commands.add(address)
    (commands.data / "mail/example.org/alice/Maildir/new/1.foreign").write_bytes(b"Subject: left\n\nby another\n")
    assert commands.done("reindex") == "alice@example.org: 1 messages\nbob@example.org: 0 messages\n"


def test_or_only_those_that_are_named(commands: Commands) -> None:
    for address in ("alice@example.org", "bob@example.org"):
        commands.add(address)
    assert commands.done("reindex", "Bob@example.org") == "bob@example.org: 0 messages\n"


def test_an_account_without_mail_is_refused(commands: Commands) -> None:
    assert commands.refused("reindex", "bob@example.org") == "tayori: There is no Maildir for bob@example.org"


def test_not_beside_a_server(commands: Commands) -> None:
    commands.add("alice@example.org")
    with start.held(commands.data):
        assert "in use by pid" in commands.refused("reindex")


def test_a_terminal_sees_it_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown(Account("alice@example.org")) as told:
        told(50, 200)
    assert "25%" in terminal.getvalue()


def test_what_is_put_aside_is_told(commands: Commands) -> None:
    commands.add("alice@example.org")
    (commands.data / "mail/example.org/alice/Maildir/cur/1.empty:2,").write_bytes(b"")
    result = commands.run("reindex")
    assert result.stdout == "alice@example.org: 0 messages\n"
    assert result.stderr.startswith("tayori: event=damaged-file path=")
