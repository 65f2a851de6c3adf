"""docs/rfcs.md says what the source says, and the tool that makes it reads a citation as it is written."""

import pytest

from tools import rfcs


def test_the_page_is_up_to_date() -> None:
    assert rfcs.PAGE.read_text(encoding="utf-8") == rfcs.page(), "make docs"


def test_every_rfc_that_is_named_has_a_title() -> None:
    assert rfcs.untitled() == [], "add them to tools/rfc_titles.txt"


def test_every_extension_tells_its_rfc() -> None:
    assert [extension.path.name for extension in rfcs.extensions() if not extension.rfc] == []


def test_every_extension_has_a_test() -> None:
    assert [extension.path.name for extension in rfcs.extensions() if not rfcs.tests(extension)] == []


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("RFC 2177", {2177: set()}),
        ("RFC 5321 section 4.5.2.", {5321: {"4.5.2"}}),
        ("RFC 3501 sections 6.4.4 and 7.2.5", {3501: {"6.4.4", "7.2.5"}}),
        ("RFC 9051 sections 5.5, 6.4.1, and 7", {9051: {"5.5", "6.4.1", "7"}}),
        ("# as RFC 1939\n    # section 5 says", {1939: {"5"}}),
        ("RFC 5321 section 4 and RFC 5322 section 2.2", {5321: {"4"}, 5322: {"2.2"}}),
        ("RFC 5322 appendix A", {5322: set()}),
        ("RFC 2045, in one section", {2045: set()}),
    ],
)
def test_a_citation_gives_its_sections(text: str, sections: dict[int, set[str]]) -> None:
    assert rfcs.cited(text) == sections


def test_an_extension_declares_its_rfc_by_keyword() -> None:
    assert rfcs.declared_rfc('EXTENSION = Extension(rfc="2177", capability=b"IDLE")') == "2177"
