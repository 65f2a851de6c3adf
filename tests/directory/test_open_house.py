"""The directory of `tayori dev`."""

import asyncio
from collections.abc import Awaitable

import pytest

from aids.clock import StandingClock
from tayori.directory import OpenHouse
from tayori.errors import LoginFailed
from tayori.model import Account, Address, Identity, Origin
from tayori.ports import Directory

ORIGIN = Origin("imap", "127.0.0.1")
HOUSE: Directory = OpenHouse(StandingClock())


def waited(asked: Awaitable[object]) -> object:
    async def main() -> object:
        return await asked

    return asyncio.run(main())


def test_every_domain_is_ours_and_every_address_a_mailbox() -> None:
    assert HOUSE.is_local("anything.example")
    assert waited(HOUSE.account(Address("Any.One", "anything.example"))) == "any.one@anything.example"
    assert waited(HOUSE.account(Address("", "anything.example"))) is None


def test_only_the_servers_postmaster_is_an_alias() -> None:
    assert waited(HOUSE.alias(Address("postmaster", ""))) == [Address("postmaster", "localhost")]
    assert waited(HOUSE.alias(Address("a", "b.example"))) is None


def test_anybody_may_send_as_anybody() -> None:
    assert waited(HOUSE.owns(Account("a@b.example"), Address("c", "d.example")))


@pytest.mark.parametrize(("login", "account"), [("A@b.example", "a@b.example"), ("Alice", "alice@localhost")])
def test_any_password_is_right(login: str, account: str) -> None:
    assert waited(HOUSE.log_in(login, "x", ORIGIN)) == Identity(Account(account), login)
    assert waited(HOUSE.token(login, "x", ORIGIN)) == Identity(Account(account), login)


@pytest.mark.parametrize(("login", "password"), [("alice", ""), ("a b", "x"), ("", "x")])
def test_but_there_must_be_one_and_an_address(login: str, password: str) -> None:
    with pytest.raises(LoginFailed):
        waited(HOUSE.log_in(login, password, ORIGIN))


def test_there_is_nothing_to_prove_a_password_with() -> None:
    HOUSE.proved("alice", ORIGIN, True)
    with pytest.raises(LoginFailed):
        waited(HOUSE.scram_keys("alice", "SCRAM-SHA-256", ORIGIN))
