"""Accounts, aliases and domains as the command line changes them."""

from pathlib import Path

import apsw
import pytest

from tayori.directory import accounts, aliases, domains, names
from tayori.directory.accounts import AccountRow, Limits
from tayori.directory.database import connect
from tayori.errors import MailboxExists, NoSuchDomain, NoSuchMailbox
from tayori.model import Account

ALICE = names.address("alice@example.org")
BOB = names.address("bob@example.org")
SALES = names.address("sales@example.org")


@pytest.fixture
def database(tmp_path: Path) -> apsw.Connection:
    return connect(tmp_path)


def test_an_account_is_added_and_shown(database: apsw.Connection) -> None:
    accounts.add(database, ALICE, "wonder land", "mbox", Limits(10, 3), 1_800_000_000)
    assert accounts.show(database, ALICE) == AccountRow(Account("alice@example.org"), "mbox", 10, 1_800_000_000, 3)


def test_its_limits_are_changed(database: apsw.Connection) -> None:
    account = accounts.add(database, ALICE, "wonder land", "maildir", Limits(10, 3), 1)
    accounts.set_limits(database, ALICE, Limits(None, 4))
    assert accounts.limits(database, account) == Limits(None, 4)
    assert accounts.limits(database, "bob@example.org") == Limits(None, None)


def test_an_account_is_there_once(database: apsw.Connection) -> None:
    accounts.add(database, ALICE, "wonder land", "maildir", Limits(), 1)
    with pytest.raises(MailboxExists):
        accounts.add(database, ALICE, "other", "maildir", Limits(), 1)


def test_accounts_are_listed_by_domain(database: apsw.Connection) -> None:
    for address in ("zoe@a.example", "amy@b.example", "bob@a.example"):
        accounts.add(database, names.address(address), "x", "maildir", Limits(), 1)
    assert [row.address for row in accounts.rows(database)] == ["bob@a.example", "zoe@a.example", "amy@b.example"]


def test_a_removed_account_leaves_no_password(database: apsw.Connection) -> None:
    account = accounts.add(database, ALICE, "wonder land", "maildir", Limits(), 1)
    assert accounts.credential(database, account, "argon2id")
    accounts.remove(database, ALICE)
    assert accounts.credential(database, account, "argon2id") == ""


def test_what_is_not_there_cannot_be_changed(database: apsw.Connection) -> None:
    changes = (accounts.show, accounts.remove, lambda database, address: accounts.set_password(database, address, "x"))
    for change in changes:
        with pytest.raises(NoSuchMailbox, match=r"no account alice@example\.org"):
            change(database, ALICE)


def test_an_alias_gets_further_targets(database: apsw.Connection) -> None:
    aliases.add(database, SALES, [BOB])
    aliases.add(database, SALES, [ALICE])
    assert aliases.targets(database, SALES) == [BOB, ALICE]
    assert aliases.rows(database) == {"sales@example.org": ["bob@example.org", "alice@example.org"]}


def test_a_target_is_there_once(database: apsw.Connection) -> None:
    aliases.add(database, SALES, [BOB])
    with pytest.raises(MailboxExists):
        aliases.add(database, SALES, [ALICE, BOB])
    assert aliases.targets(database, SALES) == [BOB]


def test_an_alias_is_removed_whole_or_in_part(database: apsw.Connection) -> None:
    aliases.add(database, SALES, [BOB, ALICE])
    aliases.remove(database, SALES, [BOB])
    assert aliases.targets(database, SALES) == [ALICE]
    aliases.remove(database, SALES, [])
    assert aliases.targets(database, SALES) == []


def test_an_alias_that_is_not_there_cannot_be_removed(database: apsw.Connection) -> None:
    with pytest.raises(NoSuchMailbox, match="is no alias"):
        aliases.remove(database, SALES, [])
    aliases.add(database, SALES, [BOB])
    with pytest.raises(NoSuchMailbox, match=r"leads not to alice@example\.org"):
        aliases.remove(database, SALES, [ALICE])


def test_a_chain_of_aliases_is_followed_only_so_far(database: apsw.Connection) -> None:
    for number in range(aliases.DEPTH + 1):
        aliases.add(database, names.address(f"a{number + 1}@example.org"), [names.address(f"a{number}@example.org")])
    assert aliases.leads_to(database, f"a{aliases.DEPTH}@example.org", "a0@example.org")
    assert not aliases.leads_to(database, f"a{aliases.DEPTH + 1}@example.org", "a0@example.org")


def test_a_domain_is_added_once_and_removed_once(database: apsw.Connection) -> None:
    assert domains.add(database, "Example.ORG") == "example.org"
    with pytest.raises(MailboxExists):
        domains.add(database, "example.org")
    domains.remove(database, "example.org")
    with pytest.raises(NoSuchDomain):
        domains.remove(database, "example.org")
