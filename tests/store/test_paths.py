"""Whatever a name has in it, its path stays below DATA, is nobody else's, and tells the name again."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import CannotDo
from tayori.model import INBOX, Account, MailboxName
from tayori.store import paths

DATA = Path("/data")

TEXT = st.text(max_size=20)
LEVELS = st.lists(st.text("ab.&/%~+,-=\\ ü台\u0301\x00\n", min_size=1, max_size=8), min_size=1, max_size=4)


def spelt(name: str) -> MailboxName | None:
    try:
        return paths.canonical(name)
    except CannotDo:
        return None


@pytest.mark.parametrize(
    ("account", "folder"),
    [
        ("alice@example.org", "example.org/alice"),
        ("o'brien+x@example.org", "example.org/o%27brien+x"),
        ("..@example.org", "example.org/%2E."),
        ("a/../b@example.org", "example.org/a%2F..%2Fb"),
        ("a%2Fb@example.org", "example.org/a%252fb"),
        ("a@b@example.org", "example.org/a%40b"),
        ("postmaster@[127.0.0.1]", "%5B127.0.0.1%5D/postmaster"),
        ("alice@bücher.example", "xn--bcher-kva.example/alice"),
        ("jürgen@example.org", "example.org/j%C3%BCrgen"),
    ],
)
def test_an_accounts_folder_has_safe_octets_only(account: str, folder: str) -> None:
    assert paths.account_folder(DATA, Account(account)) == DATA / "mail" / folder


@given(TEXT, TEXT)
def test_an_accounts_folder_lies_two_below_mail(local: str, domain: str) -> None:
    try:
        folder = paths.account_folder(DATA, Account(f"{local}@{domain}"))
    except CannotDo:
        return
    assert folder.parent.parent == DATA / "mail"
    assert not any(part in {"", ".", ".."} or part.startswith(".") for part in folder.parts[-2:])


@given(TEXT.filter(bool), TEXT.filter(bool))
def test_an_accounts_folder_tells_its_account(local: str, domain: str) -> None:
    try:
        folder = paths.account_folder(DATA, Account(f"{local}@{domain}"))
    except CannotDo:
        return
    assert paths.account_folder(DATA, paths.account_of(folder)) == folder


@pytest.mark.parametrize("account", ["", "alice", "@example.org", "alice@", "a" * 300 + "@example.org"])
def test_what_is_no_address_has_no_folder(account: str) -> None:
    with pytest.raises(CannotDo):
        paths.account_folder(DATA, Account(account))


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("INBOX", ""),
        ("inbox", ""),
        ("Inbox/Sub", ".INBOX.Sub"),
        ("Sent", ".Sent"),
        ("Lists/Python", ".Lists.Python"),
        ("v1.0", ".v1&AC4-0"),
        ("..", ".&AC4ALg-"),
        ("R&D", ".R&-D"),
        ("台北", ".&U,BTFw-"),
        ("cur", ".cur"),
    ],
)
def test_a_mailbox_lies_in_maildir_plus_plus(name: str, folder: str) -> None:
    assert paths.mailbox_folder(paths.canonical(name)) == folder


@given(LEVELS)
def test_a_mailbox_folder_is_one_safe_name_and_tells_the_mailbox(levels: list[str]) -> None:
    name = spelt("/".join(levels))
    if name is None or name == INBOX:
        return
    folder = paths.mailbox_folder(name)
    assert folder.startswith(".")
    assert folder.strip(".") == folder[1:]
    assert "/" not in folder
    assert folder.isascii()
    assert folder.isprintable()
    assert paths.mailbox_name(folder) == name


@given(LEVELS, LEVELS)
def test_two_mailboxes_never_share_a_folder(one: list[str], other: list[str]) -> None:
    first, second = spelt("/".join(one)), spelt("/".join(other))
    if first is None or second is None or first == second:
        return
    assert paths.mailbox_folder(first) != paths.mailbox_folder(second)


@pytest.mark.parametrize("name", ["", "/", "a//b", "/a", "a/", "a\x00b", "a\nb", "a\x7fb", "x" * 300, "a/" * 40 + "a"])
def test_what_is_no_mailbox_name_is_refused(name: str) -> None:
    with pytest.raises(CannotDo):
        paths.canonical(name)


def test_names_are_composed() -> None:
    assert paths.canonical("Bu\u0308ro") == "B\u00fcro"


@pytest.mark.parametrize("folder", [".a&AC8-b", ".&", ".&AGE-", ".a..b", ".ü", "x", ".&!-", ".&2AA-", ".&tayori-1"])
def test_a_folder_that_no_mailbox_gives_has_no_name(folder: str) -> None:
    assert paths.mailbox_name(folder) is None


@given(st.text(max_size=30))
def test_a_foreign_folder_never_gives_a_name_that_lies_elsewhere(text: str) -> None:
    name = paths.mailbox_name("." + text)
    assert name is None or paths.mailbox_folder(name) == "." + text


def test_accounts_are_found_by_their_folders_and_nothing_else_is(tmp_path: Path) -> None:
    accounts = [Account("alice@example.org"), Account("b.o'b@bücher.example")]
    for account in accounts:
        paths.account_folder(tmp_path, account).mkdir(parents=True)
    for other in ("UPPER.example/x", "example.org/%zz", "example.org/lost+found x", ".hidden/x"):
        (tmp_path / "mail" / other).mkdir(parents=True)
    (tmp_path / "mail" / "file").touch()
    assert [paths.account_of(folder) for folder in paths.account_folders(tmp_path)] == accounts


def test_where_nothing_is_there_are_no_accounts(tmp_path: Path) -> None:
    assert paths.account_folders(tmp_path) == []
