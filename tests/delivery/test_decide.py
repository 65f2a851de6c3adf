"""What becomes of a recipient, by table: aliases, +detail, catch-all, postmaster, elsewhere, circles."""

import asyncio

import pytest

from aids.directory import MemoryDirectory
from tayori.delivery import decide
from tayori.delivery.decide import Rules
from tayori.errors import MailLoop, NoSuchMailbox, Refusal, RelayDenied, SenderNotAllowed, TooMany
from tayori.model import INBOX, Account, Action, Discard, Envelope, Forward, Origin, Recipient, Store
from tayori.smtp import grammar

STRANGER = Origin("smtp", "192.0.2.1")
ALICE = Origin("submission", "192.0.2.1", account=Account("alice@example.org"))

DIRECTORY = MemoryDirectory(
    accounts=dict.fromkeys(["alice@example.org", "bob@example.org", "kept@example.org", "carol@caught.example"], ""),
    aliases={
        "both@example.org": ["alice@example.org", "bob@example.org"],
        "nested@example.org": ["both@example.org", "alice@example.org", "bob+x@example.org"],
        "kept@example.org": ["kept@example.org", "alice@example.org"],
        "round@example.org": ["about@example.org"],
        "about@example.org": ["round@example.org"],
        "half@example.org": ["half2@example.org", "bob@example.org"],
        "half2@example.org": ["half@example.org"],
        "stale@example.org": ["gone@example.org", "bob@example.org"],
        "dead@example.org": ["gone@example.org"],
        "nobody@example.org": [],
        "out@example.org": ["friend@elsewhere.example"],
        "mixed@example.org": ["friend@elsewhere.example", "alice@example.org"],
        "many@example.org": [f"n{number}@example.org" for number in range(2000)],
        "sales+eu@example.org": ["bob@example.org"],
        "postmaster": ["bob@example.org"],
        "postmaster@caught.example": ["carol@caught.example"],
        "@caught.example": ["carol@caught.example"],
        "@empty.example": ["anyone@empty.example"],
    },
    domains=["example.org", "caught.example", "empty.example", "example.net"],
)

TO = {
    "alice@example.org": ["alice@example.org"],
    "ALICE@example.org": ["alice@example.org as ALICE@example.org"],
    "alice+lists@example.org": ["alice@example.org as alice+lists@example.org"],
    "alice+a+b@example.org": ["alice@example.org as alice+a+b@example.org"],
    "both@example.org": ["alice@example.org", "bob@example.org"],
    "both+x@example.org": ["alice@example.org", "bob@example.org"],
    "nested@example.org": ["alice@example.org", "bob@example.org"],
    "kept@example.org": ["kept@example.org", "alice@example.org"],
    "half@example.org": ["bob@example.org"],
    "stale@example.org": ["bob@example.org"],
    "mixed@example.org": ["alice@example.org"],
    "sales+eu@example.org": ["bob@example.org"],
    "anyone@caught.example": ["carol@caught.example"],
    "postmaster@caught.example": ["carol@caught.example"],
    "Postmaster@example.org": ["bob@example.org"],
    "postmaster@example.net": ["bob@example.org"],
}

REFUSED: dict[str, type[Refusal]] = {
    "green@example.org": NoSuchMailbox,
    "+x@example.org": NoSuchMailbox,
    "sales@example.org": NoSuchMailbox,
    "dead@example.org": NoSuchMailbox,
    "nobody@example.org": NoSuchMailbox,
    "many@example.org": TooMany,
    "round@example.org": MailLoop,
    "any@empty.example": MailLoop,
    "out@example.org": RelayDenied,
    "friend@elsewhere.example": RelayDenied,
    "postmaster@elsewhere.example": RelayDenied,
    "alice@[127.0.0.1]": RelayDenied,
}


def actions(to: str, origin: Origin = STRANGER, rules: Rules | None = None) -> list[Action]:
    return asyncio.run(decide.actions(DIRECTORY, grammar.address(to), origin, rules or Rules()))


def stored(account: str) -> Store:
    """ "a as b" is the account a, reached as b."""
    name, _, reached = account.partition(" as ")
    return Store(Account(name), INBOX, reached or name)


@pytest.mark.parametrize(("to", "accounts"), TO.items())
def test_a_recipient_leads_to_these_accounts(to: str, accounts: list[str]) -> None:
    assert actions(to) == [stored(account) for account in accounts]


@pytest.mark.parametrize(("to", "error"), REFUSED.items())
def test_a_recipient_is_refused(to: str, error: type[Refusal]) -> None:
    with pytest.raises(error) as told:
        actions(to)
    assert type(told.value) is error


def test_a_bare_postmaster_is_the_servers() -> None:
    found = asyncio.run(decide.actions(DIRECTORY, decide.POSTMASTER, STRANGER, Rules()))
    assert found == [stored("bob@example.org")]


def test_without_a_postmaster_there_is_none() -> None:
    nobody = MemoryDirectory({"alice@example.org": ""})
    for address in (decide.POSTMASTER, grammar.address("postmaster@example.org")):
        with pytest.raises(NoSuchMailbox):
            asyncio.run(decide.actions(nobody, address, STRANGER, Rules()))


@pytest.mark.parametrize(("separator", "to"), [("-", "alice-lists@example.org"), ("+", "alice+@example.org")])
def test_the_separator_is_a_setting(separator: str, to: str) -> None:
    assert actions(to, rules=Rules(separator)) == [stored(f"alice@example.org as {to}")]


def test_without_a_separator_there_is_no_detail() -> None:
    with pytest.raises(NoSuchMailbox):
        actions("alice+x@example.org", rules=Rules(separator=""))


def test_who_is_logged_in_is_told_that_nothing_goes_elsewhere_yet() -> None:
    with pytest.raises(RelayDenied, match=r"does not yet deliver elsewhere: elsewhere\.example"):
        actions("friend@elsewhere.example", ALICE)


def test_with_a_queue_who_is_logged_in_may_write_elsewhere_and_strangers_may_not() -> None:
    there = grammar.address("friend@elsewhere.example")
    assert actions(str(there), ALICE, Rules(forwards=True)) == [Forward(there)]
    with pytest.raises(RelayDenied, match="does not relay"):
        actions(str(there), STRANGER, Rules(forwards=True))


def test_with_a_queue_an_alias_leads_elsewhere_for_everyone() -> None:
    there = Forward(grammar.address("friend@elsewhere.example"))
    assert actions("mixed@example.org", STRANGER, Rules(forwards=True)) == [there, stored("alice@example.org")]


def test_an_account_gets_one_copy_however_many_recipients_lead_to_it() -> None:
    addresses = ["both@example.org", "alice+x@example.org", "bob@example.org"]
    envelope = Envelope("", [Recipient(grammar.address(address)) for address in addresses])
    found = asyncio.run(decide.plan(DIRECTORY, envelope, STRANGER, Rules()))
    assert found == [stored("alice@example.org"), stored("bob@example.org")]


def test_what_goes_elsewhere_goes_there_once() -> None:
    there = grammar.address("friend@elsewhere.example")
    envelope = Envelope("", [Recipient(there), Recipient(grammar.address("out@example.org"))])
    assert asyncio.run(decide.plan(DIRECTORY, envelope, ALICE, Rules(forwards=True))) == [Forward(there)]


def test_what_is_thrown_away_is_thrown_away_once() -> None:
    assert decide.destination(Discard("spam")) == decide.destination(Discard("more spam"))


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("anyone@anywhere.example", STRANGER),
        ("", ALICE),
        ("alice@example.org", ALICE),
        ("Alice+news@Example.ORG", ALICE),
        ("both@example.org", ALICE),
    ],
)
def test_a_sender_is_allowed(path: str, origin: Origin) -> None:
    asyncio.run(decide.may_send_as(DIRECTORY, path, origin, Rules()))


@pytest.mark.parametrize("path", ["bob@example.org", "alice@elsewhere.example", "alice.x@example.org"])
def test_a_sender_that_belongs_to_somebody_else_is_refused(path: str) -> None:
    with pytest.raises(SenderNotAllowed):
        asyncio.run(decide.may_send_as(DIRECTORY, path, ALICE, Rules()))
