"""tayori search"""

import sys

import pytest
from rich.console import Console

from aids.commands import Commands, Terminal
from aids.extracts import unread
from tayori.cli import output
from tayori.cli.search import WINDOW, snippet
from tayori.net import start
from tayori.store import extract

MAILS = {
    "INBOX": [
        "From: =?utf-8?B?5p2x5Lqs?= <tokyo@example.net>\nSubject: [bold] Invoice\n"
        "\nPay the invoice\nnumber seven, please.\n",
        "From: ann@example.net\nSubject: Hello \x1b[31m\n\nNothing else.\n",
    ],
    ".Sent": ["From: alice@example.org\nSubject: Re: Invoice\n\nPaid; 東京 invoices are next.\n"],
}


@pytest.fixture
def filled(commands: Commands) -> Commands:
    """Alice has a few messages, the first the oldest."""
    commands.add("alice@example.org")
    maildir = commands.data / "mail/example.org/alice/Maildir"
    for folder, mails in MAILS.items():
        for number, content in enumerate(mails):
            path = maildir / folder.replace("INBOX", "") / f"new/{number}.{folder.strip('.')}"
            path.write_text(content, "utf-8")
    commands.done("reindex")
    return commands


def found(commands: Commands, *query: str) -> set[tuple[str, int]]:
    rows = commands.listed("search", "alice@example.org", *query)
    assert isinstance(rows, list)
    return {(row["mailbox"], row["uid"]) for row in rows}


QUERIES = {
    ("invoice",): {("INBOX", 1), ("Sent", 1)},
    ("nvoic", "pay"): {("INBOX", 1)},
    ("pay the",): {("INBOX", 1)},
    ('"invoice number"',): {("INBOX", 1)},
    ('"number invoice"',): set(),
    ("from:ann",): {("INBOX", 2)},
    ("body:else",): {("INBOX", 2)},
    ("body:hello",): set(),
    ("Subject:invoice", "from:alice"): {("Sent", 1)},
    ("東京",): {("INBOX", 1), ("Sent", 1)},
}


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_what_holds_all_words_is_found(filled: Commands, query: tuple[str, ...]) -> None:
    assert found(filled, *query) == QUERIES[query]


def test_each_is_shown_with_what_stands_around_the_word(filled: Commands) -> None:
    rows = filled.listed("search", "alice@example.org", "seven")
    assert isinstance(rows, list)
    row = rows[0]
    assert row["from"] == "東京 <tokyo@example.net>"
    assert (row["subject"], row["snippet"]) == ("[bold] Invoice", "Pay the invoice number seven, please.")
    assert set(row) == {"mailbox", "uid", "date", "from", "subject", "snippet"}


def test_no_more_than_the_limit_are_shown(filled: Commands) -> None:
    assert filled.done("search", "alice@example.org", "e", "--limit", "1").count("\n") == 1


def test_nothing_steers_the_terminal(filled: Commands) -> None:
    assert "\x1b" not in filled.done("search", "alice@example.org", "else")


def test_on_a_terminal_brackets_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr("rich.console.Console", lambda: Console(file=terminal, width=80))
    output.rows(("subject",), [("[bold] Invoice",)], False)
    assert "[bold] Invoice" in terminal.getvalue()


def test_an_account_without_mail_is_refused(commands: Commands) -> None:
    assert "there is no mail of bob@example.org" in commands.refused("search", "bob@example.org", "x")


def test_a_long_text_is_cut_around_the_word() -> None:
    said = "before " * 50 + "the NEEDLE here " + "behind " * 50
    shown = snippet(said, ["absent", "needle"])
    assert shown.startswith("… ")
    assert "NEEDLE" in shown
    assert len(shown) < 100


def test_a_word_in_another_form_is_shown_too() -> None:
    said = "x " * 100 + "①㈱髙橋 ﾒｰﾙ送信 ＩＮＶＯＩＣＥ"
    assert snippet(said, ["メール"]).endswith(" x ①㈱髙橋 ﾒｰﾙ送信 ＩＮＶＯＩＣＥ")
    assert snippet(said, ["invoice"]).endswith(" x ①㈱髙橋 ﾒｰﾙ送信 ＩＮＶＯＩＣＥ")


def test_a_word_is_shown_where_two_windows_meet() -> None:
    for before in range(WINDOW - 10, WINDOW + 10):
        assert "ﾒｰﾙ" in snippet("y" * before + "ﾒｰﾙ" + "z" * 5000, ["メール"])


def test_without_the_word_the_beginning_is_shown() -> None:
    assert snippet("Only a header matched", ["subject"]) == "Only a header matched"


def test_the_extract_is_made_anew_beside_a_server(filled: Commands) -> None:
    folder = filled.data / "mail/example.org/alice"
    for number in (1, 2):
        with start.held(filled.data):
            assert filled.done("reindex", "--search", "alice@example.org") == "alice@example.org: 3 messages\n"
            assert extract.segments(folder) == [number]


def test_the_extract_is_what_is_searched(filled: Commands) -> None:
    filled.done("reindex", "--search")
    with start.held(filled.data), unread():
        assert filled.listed("search", "alice@example.org", "absent") == []


def test_an_extract_of_no_account_is_refused(commands: Commands) -> None:
    assert "there is no mail of bob@example.org" in commands.refused("reindex", "--search", "bob@example.org")
