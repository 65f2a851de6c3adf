"""The directory as sessions ask it."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from time import monotonic

import apsw
import pytest

from aids.clock import StandingClock
from tayori.directory import Directory, accounts, aliases, domains, house, names
from tayori.directory.database import connect
from tayori.errors import LoginFailed, TryLater
from tayori.model import Account, Address, Identity, Origin
from tayori.ports import Directory as Port

ALICE = Account("alice@example.org")
ORIGIN = Origin("imap", "192.0.2.7")


class Using:
    """A directory and the database beside it, as the command line has it."""

    def __init__(self, data: Path, *local: str) -> None:
        self.clock = StandingClock()
        self.data = data
        self.directory = Directory(data, local or ("example.org", "Example.NET"), self.clock)
        self.port: Port = self.directory
        self.database = connect(data)
        accounts.add(self.database, names.address(ALICE), "wonder land", "maildir", accounts.Limits(), 1)


@pytest.fixture
def using(tmp_path: Path) -> Using:
    return Using(tmp_path / "data")


def waited(asked: Awaitable[object]) -> object:
    async def main() -> object:
        return await asked

    return asyncio.run(main())


def test_domains_come_from_the_settings_and_from_the_database(using: Using) -> None:
    domains.add(using.database, "added.example")
    asked = ("example.org", "example.net", "added.example", "other.example")
    assert [using.port.is_local(domain) for domain in asked] == [True, True, True, False]


def test_an_account_is_found_however_it_is_written(using: Using) -> None:
    assert waited(using.port.account(Address("Alice", "example.org"))) == ALICE
    assert waited(using.port.account(Address("bob", "example.org"))) is None


def test_an_alias_leads_on_in_the_order_given(using: Using) -> None:
    targets = [Address("zoe", "else.example"), Address("alice", "example.org")]
    aliases.add(using.database, names.alias("sales@example.org"), targets)
    assert waited(using.port.alias(Address("SALES", "example.org"))) == targets
    assert waited(using.port.alias(Address("alice", "example.org"))) is None


def test_what_another_process_changes_is_seen_within_a_moment(using: Using, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = Address("bob", "example.org")
    assert waited(using.port.account(bob)) is None
    accounts.add(using.database, bob, "wonder land", "maildir", accounts.Limits(), 1)
    later = monotonic() + house.REMEMBERED + 1
    monkeypatch.setattr(house, "monotonic", lambda: later)
    assert waited(using.port.account(bob)) == Account("bob@example.org")


def test_nobody_is_looked_up_again_while_nothing_changes(using: Using, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = Address("alice", "example.org")
    assert waited(using.port.account(alice)) == ALICE
    later = monotonic() + house.REMEMBERED + 1
    monkeypatch.setattr(house, "monotonic", lambda: later)
    monkeypatch.setattr(accounts, "exists", lambda database, account: pytest.fail("looked up again"))
    assert waited(using.port.account(alice)) == ALICE


def test_the_servers_postmaster_is_the_oldest_account_unless_said_otherwise(using: Using) -> None:
    assert waited(using.port.alias(Address("postmaster", ""))) == [Address("alice", "example.org")]


@pytest.mark.parametrize("alias", ["@example.org", "postmaster"])
def test_a_catch_all_and_the_servers_postmaster_are_aliases(using: Using, alias: str) -> None:
    aliases.add(using.database, names.alias(alias), [Address("alice", "example.org")])
    assert waited(using.port.alias(names.alias(alias))) == [Address("alice", "example.org")]


@pytest.mark.parametrize(
    ("address", "owned"),
    [
        ("alice@example.org", True),
        ("ALICE@example.org", True),
        ("sales@example.org", True),
        ("team@example.org", True),
        ("circle@example.org", False),
        ("bob@example.org", False),
    ],
)
def test_an_account_owns_its_address_and_what_leads_to_it(using: Using, address: str, owned: bool) -> None:
    for alias, target in [("sales", "alice"), ("team", "sales"), ("circle", "round"), ("round", "circle")]:
        aliases.add(using.database, Address(alias, "example.org"), [Address(target, "example.org")])
    local, _, domain = address.partition("@")
    assert waited(using.port.owns(ALICE, Address(local, domain))) is owned


@pytest.mark.parametrize("login", [ALICE, "Alice@EXAMPLE.org", " alice@example.org ", "alice"])
def test_a_login_is_an_address_or_a_local_part_that_one_domain_has(using: Using, login: str) -> None:
    assert waited(using.port.log_in(login, "wonder land", ORIGIN)) == Identity(ALICE, login)


def test_a_local_part_that_two_domains_have_is_nobodys(using: Using) -> None:
    accounts.add(using.database, names.address("alice@example.net"), "wonder land", "maildir", accounts.Limits(), 1)
    with pytest.raises(LoginFailed):
        waited(using.port.log_in("alice", "wonder land", ORIGIN))


@pytest.mark.parametrize(
    ("login", "password"),
    [(ALICE, "wrong"), (ALICE, ""), ("bob@example.org", "wonder land"), ("bob", "x"), ("a b@c", "x"), ("", "")],
)
def test_who_is_wrong_hears_the_same_whatever_it_was(using: Using, login: str, password: str) -> None:
    with pytest.raises(LoginFailed, match=r"^Authentication failed$"):
        waited(using.port.log_in(login, password, ORIGIN))


@pytest.mark.parametrize("authorize", ["alice", "ALICE@example.org"])
def test_one_may_name_oneself(using: Using, authorize: str) -> None:
    assert waited(using.port.log_in(ALICE, "wonder land", ORIGIN, authorize)) == Identity(ALICE, ALICE)


@pytest.mark.parametrize("authorize", ["bob@example.org", "postmaster"])
def test_nobody_acts_for_another(using: Using, authorize: str) -> None:
    with pytest.raises(LoginFailed):
        waited(using.port.log_in(ALICE, "wonder land", ORIGIN, authorize))


def test_a_changed_password_counts_at_once(using: Using) -> None:
    waited(using.port.log_in(ALICE, "wonder land", ORIGIN))
    accounts.set_password(using.database, names.address(ALICE), "looking glass")
    with pytest.raises(LoginFailed):
        waited(using.port.log_in(ALICE, "wonder land", ORIGIN))
    waited(using.port.log_in(ALICE, "looking glass", ORIGIN))


def test_guessing_is_held_up_and_the_accounts_own_client_is_not(using: Using) -> None:
    async def main() -> None:
        await using.port.log_in(ALICE, "wonder land", Origin("imap", "192.0.2.1"))
        for _ in range(5):
            with pytest.raises(LoginFailed):
                await using.port.log_in("alice", "guessed", ORIGIN)
        with pytest.raises(TryLater):
            await using.port.log_in(ALICE, "guessed again", ORIGIN)
        await using.port.log_in(ALICE, "wonder land", Origin("imap", "192.0.2.1"))

    asyncio.run(main())


def test_scram_gets_the_accounts_keys_with_a_new_nonce(using: Using) -> None:
    async def main() -> None:
        identity, first = await using.port.scram_keys("alice", "SCRAM-SHA-256", ORIGIN)
        _, second = await using.port.scram_keys(ALICE, "SCRAM-SHA-256", ORIGIN)
        assert identity.account == ALICE
        assert first.stored_key == second.stored_key
        assert first.nonce != second.nonce
        assert "," not in first.nonce

    asyncio.run(main())


def test_scram_gets_keys_for_nobody_that_stay_over_a_restart(using: Using) -> None:
    async def main() -> None:
        identity, keys = await using.port.scram_keys("nobody", "SCRAM-SHA-256", ORIGIN)
        again = Using.__new__(Using)
        again.directory = Directory(using.data, ["example.org"], using.clock)
        _, same = await again.directory.scram_keys("NOBODY", "SCRAM-SHA-256", ORIGIN)
        assert identity.account == ""
        assert (keys.salt, keys.iterations) == (same.salt, same.iterations)

    asyncio.run(main())


def test_failed_proofs_are_counted_as_wrong_passwords_are(using: Using) -> None:
    async def main() -> None:
        for _ in range(5):
            using.port.proved("alice", ORIGIN, False)
        with pytest.raises(TryLater):
            await using.port.scram_keys(ALICE, "SCRAM-SHA-256", ORIGIN)
        using.port.proved(ALICE, ORIGIN, True)
        await using.port.scram_keys(ALICE, "SCRAM-SHA-256", ORIGIN)

    asyncio.run(main())


def test_no_token_is_right_yet(using: Using) -> None:
    with pytest.raises(LoginFailed):
        waited(using.port.token(ALICE, "token", ORIGIN))


def test_a_database_that_is_held_means_later(using: Using) -> None:
    def held(database: apsw.Connection) -> None:
        raise apsw.BusyError("busy")

    with pytest.raises(TryLater):
        using.directory._reads(held)


ADD = """
import sys
from pathlib import Path
from tayori.directory import accounts, domains, names
from tayori.directory.database import connect
database = connect(Path(sys.argv[1]))
accounts.add(database, names.address("bob@example.org"), "builder", "maildir", accounts.Limits(), 1)
domains.add(database, "added.example")
"""


def test_what_another_process_adds_is_known_with_the_next_look(using: Using) -> None:
    assert not using.port.is_local("added.example")
    subprocess.run([sys.executable, "-c", ADD, str(using.data)], check=True, timeout=60)
    assert using.port.is_local("added.example")
    assert waited(using.port.log_in("bob", "builder", ORIGIN)) == Identity(Account("bob@example.org"), "bob")


def test_it_closes(using: Using) -> None:
    using.directory.close()
    with pytest.raises(apsw.ConnectionClosedError):
        using.directory.is_local("added.example")
