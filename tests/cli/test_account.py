"""tayori account"""

import asyncio
import sys
from pathlib import Path

import apsw
import click
import pytest

from aids.clock import StandingClock
from aids.commands import Commands, Terminal
from tayori.cli.account import password
from tayori.directory import Directory
from tayori.errors import LoginFailed
from tayori.model import Identity, Origin


def logged_in(commands: Commands, password: str) -> Identity:
    async def main() -> Identity:
        directory = Directory(commands.data, [], StandingClock())
        return await directory.log_in("alice@example.org", password, Origin("imap", "127.0.0.1"))

    return asyncio.run(main())


def test_an_account_that_was_added_can_log_in_and_has_its_mailboxes(commands: Commands) -> None:
    assert commands.add("Alice@Example.org") == "alice@example.org is made\n"
    assert logged_in(commands, "wonder land").account == "alice@example.org"
    assert (commands.data / "mail/example.org/alice/Maildir/.Sent/cur").is_dir()


@pytest.mark.parametrize("typed", ["wonder land\n", "wonder land\r\n", "wonder land", "wonder land\nmore\n"])
def test_the_password_is_one_line_of_stdin(commands: Commands, typed: str) -> None:
    commands.done("account", "add", "alice@example.org", "--password-stdin", typed=typed)
    assert logged_in(commands, "wonder land")


def test_it_is_listed_with_what_was_said_of_it(commands: Commands) -> None:
    options = ("--storage", "mbox", "--quota", "10G", "--messages", "5000", "--password-stdin")
    commands.done("account", "add", "alice@example.org", *options, typed="x\n")
    commands.add("bob@example.org")
    assert commands.done("account", "list") == "alice@example.org\tmbox\t10G\t5000\nbob@example.org\tmaildir\t\t\n"
    found = commands.listed("account", "list")
    assert isinstance(found, list)
    assert [(row["address"], row["storage"], row["quota"], row["messages"]) for row in found] == [
        ("alice@example.org", "mbox", 10 * 2**30, 5000),
        ("bob@example.org", "maildir", None, None),
    ]


def limited(commands: Commands) -> None:
    limits = ("--quota", "1M", "--messages", "3")
    commands.done("account", "add", "alice@example.org", *limits, "--password-stdin", typed="x\n")


def kept_limits(commands: Commands) -> object:
    catalog = apsw.Connection(str(commands.data / "mail/example.org/alice/index.db"))
    return catalog.execute("select quota, quota_messages from account").get


def test_the_limits_are_the_mails_too_and_survive_a_reindex(commands: Commands) -> None:
    limited(commands)
    assert kept_limits(commands) == (2**20, 3)
    commands.done("reindex")
    assert kept_limits(commands) == (2**20, 3)


def test_an_account_that_comes_again_without_limits_has_none(commands: Commands) -> None:
    limited(commands)
    commands.done("account", "remove", "alice@example.org")
    commands.add("alice@example.org")
    assert kept_limits(commands) == (None, None)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        (("--quota", "2M"), (2**21, 3)),
        (("--messages", "9"), (2**20, 9)),
        (("--quota", "none", "--messages", "None"), (None, None)),
        (("--messages", "0"), (2**20, 0)),
        ((), (2**20, 3)),
    ],
)
def test_limits_are_changed_one_by_one(
    commands: Commands, options: tuple[str, ...], kept: tuple[int | None, int | None]
) -> None:
    limited(commands)
    found = commands.listed("account", "quota", "alice@example.org", *options)
    assert found == {"octets": 0, "quota": kept[0], "messages": 0, "messages_quota": kept[1]}
    assert kept_limits(commands) == kept
    shown = commands.listed("account", "show", "alice@example.org")
    assert isinstance(shown, dict)
    assert (shown["quota"], shown["messages"]) == kept


def test_limits_are_shown_for_people_too(commands: Commands) -> None:
    limited(commands)
    lines = commands.done("account", "quota", "alice@example.org", "--messages", "none").splitlines()
    assert [line.split() for line in lines] == [
        ["octets", "0"],
        ["quota", "1M"],
        ["messages", "0"],
        ["messages_quota", "none"],
    ]


def test_limits_of_an_account_whose_catalog_is_lost_wait_for_reindex(commands: Commands) -> None:
    limited(commands)
    (commands.data / "mail/example.org/alice/index.db").unlink()
    said = commands.refused("account", "quota", "alice@example.org", "--messages", "9")
    assert said == "tayori: there is no mail of alice@example.org; tayori account list shows who is here"
    commands.done("reindex")
    assert kept_limits(commands) == (2**20, 9)


def test_mail_that_is_held_is_one_line(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.cli.opened.WAIT", 0)
    commands.add("alice@example.org")
    commands.done("account", "remove", "alice@example.org")
    held = apsw.Connection(str(commands.data / "mail/example.org/alice/index.db"))
    held.execute("begin immediate")
    said = commands.refused("account", "add", "alice@example.org", "--password-stdin", typed="x\n")
    assert said == "tayori: the mail of alice@example.org is in use; try again"


def test_it_is_shown_with_its_aliases_and_where_its_mail_lies(commands: Commands) -> None:
    commands.add("alice@example.org")
    commands.done("alias", "add", "sales@example.org", "alice@example.org")
    found = commands.listed("account", "show", "alice@example.org")
    assert isinstance(found, dict)
    assert found["aliases"] == ["sales@example.org"]
    assert Path(found["mail"]).is_dir()


def test_it_is_shown_for_people_too(commands: Commands) -> None:
    commands.add("alice@example.org")
    lines = dict(line.split(None, 1) for line in commands.done("account", "show", "alice@example.org").splitlines()[:5])
    assert (lines["storage"], lines["quota"], lines["messages"]) == ("maildir", "none", "none")


def test_a_new_password_counts_at_once(commands: Commands) -> None:
    commands.add("alice@example.org")
    commands.done("account", "passwd", "alice@example.org", "--password-stdin", typed="looking glass\n")
    assert logged_in(commands, "looking glass")
    with pytest.raises(LoginFailed):
        logged_in(commands, "wonder land")


def test_a_removed_account_leaves_its_mail(commands: Commands) -> None:
    commands.add("alice@example.org")
    said = commands.done("account", "remove", "alice@example.org")
    assert commands.listed("account", "list") == []
    assert Path(said.split(" in ")[1].strip()).is_dir()


def test_an_account_that_comes_again_finds_its_mail(commands: Commands) -> None:
    commands.add("alice@example.org")
    kept = commands.data / "mail/example.org/alice/index.db"
    before = kept.stat().st_ino
    commands.done("account", "remove", "alice@example.org")
    commands.add("alice@example.org")
    assert kept.stat().st_ino == before


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("add", "alice@example.org", "--password-stdin"), "x\n", "tayori: alice@example.org is there already; "),
        (("add", "bob@example.org", "--password-stdin"), "\n", "tayori: a password has 1 to 1024 octets"),
        (
            ("add", "bob@example.org"),
            "x\n",
            "tayori: no terminal to ask for the password; give it with --password-stdin",
        ),
        (("add", "bob@example.net", "--password-stdin"), "x\n", "tayori: example.net is no domain of this server; say"),
        (("show", "bob@example.org"), "", "tayori: there is no account bob@example.org; tayori account list shows all"),
        (("passwd", "bob@example.org", "--password-stdin"), "x\n", "tayori: there is no account bob@example.org;"),
        (("remove", "bob@example.org"), "", "tayori: there is no account bob@example.org;"),
        (("quota", "bob@example.org"), "", "tayori: there is no account bob@example.org;"),
    ],
)
def test_what_cannot_be_done_is_one_line(commands: Commands, arguments: tuple[str, ...], typed: str, said: str) -> None:
    commands.add("alice@example.org")
    assert commands.refused("account", *arguments, typed=typed).startswith(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("add",),
        ("add", "alice"),
        ("add", "a b@example.org"),
        ("add", "a@b", "--storage", "x"),
        ("add", "a@b", "--quota", "x"),
        ("add", "a@b", "--messages", "-1"),
        ("add", "a@b", "--messages", "1" * 19),
        ("quota", "a@b", "--messages", "x"),
        ("quota", "a@b", "--quota", "x"),
    ],
)
def test_wrong_usage_has_a_status_of_its_own(commands: Commands, arguments: tuple[str, ...]) -> None:
    assert commands.run("account", *arguments).exit_code == 2


def test_an_account_in_an_added_domain(commands: Commands) -> None:
    commands.done("domain", "add", "example.net")
    assert commands.add("bob@example.net") == "bob@example.net is made\n"


def test_a_disk_that_refuses_is_one_line(commands: Commands) -> None:
    commands.done("account", "list")
    (commands.data / "mail").write_text("")
    said = commands.refused("account", "add", "alice@example.org", "--password-stdin", typed="x\n")
    assert said.startswith(f"tayori: {commands.data}/mail")


def test_a_terminal_is_asked_without_showing_what_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def prompt(text: str, **options: object) -> str:
        asked.update(options)
        return "wonder land"

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(click, "prompt", prompt)
    assert password(False) == "wonder land"
    assert asked == {"hide_input": True, "confirmation_prompt": True}


def test_a_quota_that_no_database_can_hold_is_wrong_usage(commands: Commands) -> None:
    commands.add("alice@example.org")
    assert commands.run("account", "quota", "alice@example.org", "--quota", "9" * 20).exit_code == 2


def test_a_damaged_catalog_is_one_line_that_tells_what_to_do(commands: Commands) -> None:
    limited(commands)
    catalog = commands.data / "mail/example.org/alice/index.db"
    catalog.write_bytes(b"no database" * 100)
    for options in ((), ("--quota", "2M")):
        said = commands.refused("account", "quota", "alice@example.org", *options)
        assert said == f"tayori: {catalog}: file is not a database; tayori reindex alice@example.org makes it anew"


def test_an_account_whose_mail_cannot_be_made_is_not_there(commands: Commands) -> None:
    (commands.data / "mail").mkdir(parents=True, mode=0o700)
    (commands.data / "mail/example.org").write_text("in the way")
    commands.refused("account", "add", "alice@example.org", "--password-stdin", typed="x\n")
    assert commands.listed("account", "list") == []


def test_a_disk_that_cannot_be_written_is_one_line(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise apsw.FullError("database or disk is full")

    monkeypatch.setattr("tayori.directory.accounts.add", full)
    said = commands.refused("account", "add", "alice@example.org", "--password-stdin", typed="x\n")
    assert said == "tayori: DATA: database or disk is full; check that its disk has room and can be written"


def test_a_maildir_that_is_there_is_taken_in_with_its_empty_folders(commands: Commands) -> None:
    maildir = commands.data / "mail/example.org/alice/Maildir"
    for folder in ("cur", "new", "tmp", ".Empty/cur", ".Empty/new", ".Empty/tmp"):
        (maildir / folder).mkdir(parents=True)
    commands.data.chmod(0o700)
    commands.add("alice@example.org")
    catalog = apsw.Connection(str(maildir.parent / "index.db"))
    assert catalog.execute("select count(*) from mailbox where name = 'Empty'").get == 1
