"""Where keys stand in a TOML text."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.config.positions import positions

TEXT = '''\
# a comment with a = 1
hostname = "a = \\"b\\" # no comment"  # a comment
  domains = ["x", [
    "y" ], { in = 1 }]
text = """
not = "a key"
[nor.a.table]
"""
raw = \'\'\'
neither = 1\'\'\'

[limits]
message.size = 1.5
"quoted key" = 2
'raw key' = 1979-05-27T07:32:00Z

[ relay . inner ]
password = { env = "X", deep = { er = 1 } }

[[many]]
a = 1
[[many]]
b = 2
'''


@pytest.mark.parametrize(
    ("key", "position"),
    [
        (("hostname",), (2, 1)),
        (("domains",), (3, 3)),
        (("domains", "in"), (4, 14)),
        (("text",), (5, 1)),
        (("raw",), (9, 1)),
        (("limits",), (12, 2)),
        (("limits", "message"), (13, 1)),
        (("limits", "message", "size"), (13, 9)),
        (("limits", "quoted key"), (14, 1)),
        (("limits", "raw key"), (15, 1)),
        (("relay",), (17, 3)),
        (("relay", "inner"), (17, 11)),
        (("relay", "inner", "password"), (18, 1)),
        (("relay", "inner", "password", "env"), (18, 14)),
        (("relay", "inner", "password", "deep"), (18, 25)),
        (("relay", "inner", "password", "deep", "er"), (18, 34)),
        (("many",), (20, 3)),
        (("many", "a"), (21, 1)),
        (("many", "b"), (23, 1)),
    ],
)
def test_every_key_has_its_place(key: tuple[str, ...], position: tuple[int, int]) -> None:
    assert positions(TEXT)[key] == position


def test_nothing_else_is_a_key() -> None:
    assert {key[0] for key in positions(TEXT)} == set(tomllib.loads(TEXT))


VALUES = st.sampled_from(
    ['"a"', "1", "1.5", "[1, 2]", '{ x = "#" }', "'''a\n[b]\nc = 1'''", '"""\\"\nd = 1"""', "[\n]"]
)


@given(st.dictionaries(st.sampled_from("abcdef"), VALUES), st.dictionaries(st.sampled_from("abcdef"), VALUES))
def test_the_keys_are_those_of_the_parser(above: dict[str, str], below: dict[str, str]) -> None:
    lines = [f"{key} = {value}" for key, value in above.items()]
    text = "\n".join([*lines, "[table]", *(f"{key} = {value}" for key, value in below.items())])
    document = tomllib.loads(text)
    expected = {(key,) for key in document} | {("table", key) for key in document["table"]}
    found = positions(text)
    assert expected <= set(found)
    assert {key for key in found if key[-1] != "x"} == expected
