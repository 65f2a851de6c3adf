"""tayori domain"""

import pytest

from aids.commands import Commands


def test_domains_are_listed_with_where_they_come_from(commands: Commands) -> None:
    assert commands.done("domain", "add", "Example.NET") == "example.net is added\n"
    assert commands.done("domain", "list") == "example.net\tadded\nexample.org\tsettings\n"
    assert commands.listed("domain", "list") == [
        {"domain": "example.net", "source": "added"},
        {"domain": "example.org", "source": "settings"},
    ]


def test_an_added_domain_is_removed(commands: Commands) -> None:
    commands.done("domain", "add", "example.net")
    assert commands.done("domain", "remove", "example.net") == "example.net is removed\n"
    assert commands.done("domain", "list") == "example.org\tsettings\n"


def test_a_domain_with_accounts_stays(commands: Commands) -> None:
    commands.done("domain", "add", "example.net")
    commands.add("bob@example.net")
    said = commands.refused("domain", "remove", "example.net")
    assert said == "tayori: example.net still has bob@example.net (1 in all); remove its accounts first"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "example.org"), "tayori: example.org is a domain of the settings already; nothing is to be done"),
        (("add", "example.net"), "tayori: example.net is there already"),
        (("remove", "example.org"), "tayori: example.org is a domain of the settings; take it out of"),
        (("remove", "example.com"), "tayori: example.com is not among the added domains; "),
    ],
)
def test_what_cannot_be_done_is_one_line(commands: Commands, arguments: tuple[str, ...], said: str) -> None:
    commands.done("domain", "add", "example.net")
    assert commands.refused("domain", *arguments).startswith(said)


def test_wrong_usage_has_a_status_of_its_own(commands: Commands) -> None:
    assert commands.run("domain", "add", "a b").exit_code == 2
