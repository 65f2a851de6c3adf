"""tayori alias"""

import pytest

from aids.commands import Commands


def test_an_alias_leads_to_several_and_gets_more(commands: Commands) -> None:
    commands.done("alias", "add", "Sales@example.org", "alice@example.org", "Zoe@Else.example")
    said = commands.done("alias", "add", "sales@example.org", "bob@example.org")
    assert said == "sales@example.org leads to alice@example.org, zoe@else.example, bob@example.org\n"


def test_aliases_are_listed(commands: Commands) -> None:
    commands.done("alias", "add", "sales@example.org", "a@b.example", "c@d.example")
    commands.done("alias", "add", "@example.org", "a@b.example")
    commands.done("alias", "add", "postmaster", "a@b.example")
    assert commands.done("alias", "list").splitlines() == [
        "@example.org\ta@b.example",
        "postmaster\ta@b.example",
        "sales@example.org\ta@b.example, c@d.example",
    ]
    assert commands.listed("alias", "list") == [
        {"alias": "@example.org", "targets": ["a@b.example"]},
        {"alias": "postmaster", "targets": ["a@b.example"]},
        {"alias": "sales@example.org", "targets": ["a@b.example", "c@d.example"]},
    ]


def test_targets_are_removed_one_by_one_or_all(commands: Commands) -> None:
    commands.done("alias", "add", "sales@example.org", "a@b.example", "c@d.example", "e@f.example")
    said = commands.done("alias", "remove", "sales@example.org", "c@d.example")
    assert said == "sales@example.org leads no longer to c@d.example\n"
    assert commands.done("alias", "remove", "sales@example.org") == "sales@example.org leads no longer anywhere\n"
    assert commands.listed("alias", "list") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x@example.net", "a@b.example"), "tayori: example.net is no domain of this server; "),
        (("add", "sales@example.org", "a@b.example"), "tayori: sales@example.org leads to a@b.example already"),
        (("remove", "x@example.org"), "tayori: x@example.org is no alias; tayori alias list shows all"),
        (("remove", "sales@example.org", "x@y.example"), "tayori: sales@example.org leads not to x@y.example; "),
    ],
)
def test_what_cannot_be_done_is_one_line(commands: Commands, arguments: tuple[str, ...], said: str) -> None:
    commands.done("alias", "add", "sales@example.org", "a@b.example")
    assert commands.refused("alias", *arguments).startswith(said)


@pytest.mark.parametrize(
    "arguments", [("add", "sales@example.org"), ("add", "sales", "a@b.example"), ("add", "@", "a@b")]
)
def test_wrong_usage_has_a_status_of_its_own(commands: Commands, arguments: tuple[str, ...]) -> None:
    assert commands.run("alias", *arguments).exit_code == 2
