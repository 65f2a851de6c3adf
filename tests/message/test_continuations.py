"""Parameters in sections are told as one."""

import pytest

from tayori.message.continuations import joined
from tayori.message.encoded_word import parameters
from tayori.message.parameters import Parameters


@pytest.mark.parametrize(
    ("pairs", "whole"),
    [
        ((), ()),
        (((b"NAME", b"a*0"),), ((b"NAME", b"a*0"),)),
        (((b"NAME*", b"utf-8''%C3%A4"),), ((b"NAME*", b"utf-8''%C3%A4"),)),
        (((b"NAME*0", b"long"), (b"NAME*1", b".txt")), ((b"NAME", b"long.txt"),)),
        (((b"A", b"x"), (b"N*1", b"2"), (b"B", b"y"), (b"N*0", b"1")), ((b"A", b"x"), (b"N", b"12"), (b"B", b"y"))),
        (
            ((b"N*0*", b"utf-8''%C3%A4"), (b"N*1", b" 5%'s"), (b"N*2*", b"%20")),
            ((b"N*", b"utf-8''%C3%A4%205%25%27s%20"),),
        ),
        (((b"N*0", b"a b"), (b"N*1*", b"%20c")), ((b"N*", b"''a%20b%20c"),)),
        (((b"N*1", b"b"), (b"N*2", b"c")), ((b"N*1", b"b"), (b"N*2", b"c"))),
        (((b"N*0", b"a"), (b"N*2", b"c")), ((b"N*0", b"a"), (b"N*2", b"c"))),
        (((b"N*0", b"a"), (b"N*0", b"b")), ((b"N*0", b"a"), (b"N*0", b"b"))),
    ],
)
def test_sections_are_joined(pairs: Parameters, whole: Parameters) -> None:
    assert joined(pairs) == whole


@pytest.mark.parametrize(
    "pairs",
    [
        ((b"N*0*", b"utf-8''%E6%9D"), (b"N*1*", b"%B1.t"), (b"N*2", b"%xt")),
        ((b"N*0*", b"iso-2022-jp'ja'%1B%24B"), (b"N*1*", b"F%7C%1B%28B"), (b"N*2", b"=*;\xe4")),
    ],
)
def test_joined_ones_are_read_as_before(pairs: Parameters) -> None:
    assert parameters(joined(pairs)) == parameters(pairs)
