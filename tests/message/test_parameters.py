"""Content-Type and its like: the value and its parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.parameters import (
    MAX_CACHED,
    MAX_PARAMETERS,
    Parameters,
    content_type,
    disposition,
    first,
    token,
    tokens,
)


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        (b"text/plain", ()),
        (b"text/plain;", ()),
        (b"text/plain; charset=utf-8", ((b"CHARSET", b"utf-8"),)),
        (b" Text / Plain ;\r\n Charset = UTF-8 ; a=b", ((b"CHARSET", b"UTF-8"), (b"A", b"b"))),
        (b'text/plain; name="a;b \\"c\\" \\\\"', ((b"NAME", b'a;b "c" \\'),)),
        (b"text/plain; name=two words; a=b", ((b"NAME", b"two words"), (b"A", b"b"))),
        (b"text/plain; name=C:\\new", ((b"NAME", b"C:\\new"),)),
        (b'text/plain; name="open; a=b', ((b"NAME", b"open; a=b"),)),
        (b'text/plain; name="a\\', ((b"NAME", b"a"),)),
        (b'text/plain; name="a"junk; b=c', ((b"NAME", b"a"), (b"B", b"c"))),
        (b"text/plain (it (really) is); (a) charset=(b)utf-8 (c)", ((b"CHARSET", b"utf-8"),)),
        (b'text/plain; name="(no comment)"', ((b"NAME", b"(no comment)"),)),
        (b"text/plain; ; =x; charset=a; charset=b", ((b"CHARSET", b"a"), (b"CHARSET", b"b"))),
        (b"text/plain charset=utf-8", ()),
        (b"text/plain; name=", ((b"NAME", b""),)),
        (b"text/plain; name=\xe6\x9d\xb1.txt", ((b"NAME", b"\xe6\x9d\xb1.txt"),)),
        (b"text/plain; filename*0*=utf-8''a; filename*1=b", ((b"FILENAME*0*", b"utf-8''a"), (b"FILENAME*1", b"b"))),
    ],
)
def test_a_content_type_is_read(value: bytes, parameters: Parameters) -> None:
    assert content_type(value) == (b"TEXT", b"PLAIN", parameters)


@pytest.mark.parametrize("value", [b"", b"text", b"/plain", b"text/", b"; charset=a", b"(text/plain)", b'"text"/plain'])
def test_what_names_no_type_is_none(value: bytes) -> None:
    assert content_type(value) is None


def test_a_long_value_is_read_without_being_remembered() -> None:
    name = b"n" * MAX_CACHED
    assert content_type(b"a/b; name=" + name) == (b"A", b"B", ((b"NAME", name),))


def test_parameters_beyond_the_limit_are_left_out() -> None:
    read = content_type(b"a/b" + b"; a=b" * (MAX_PARAMETERS + 1))
    assert read is not None
    assert len(read.parameters) == MAX_PARAMETERS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"attachment; filename=a", (b"ATTACHMENT", ((b"FILENAME", b"a"),))),
        (b"inline", (b"INLINE", ())),
        (b"(so to say) inline", (b"INLINE", ())),
        (b"", None),
        (b"; filename=a", None),
    ],
)
def test_a_disposition_is_read(value: bytes, expected: tuple[bytes, Parameters] | None) -> None:
    assert disposition(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(b" base64 ", b"BASE64"), (b"7bit (ascii);", b"7BIT"), (b"", None), (b'"x"', None)]
)
def test_the_first_word_of_a_value(value: bytes, expected: bytes | None) -> None:
    assert token(value) == expected


def test_a_list_is_parted_at_its_commas() -> None:
    assert tokens(b"en-US, ja (Japanese),, \r\n fr") == (b"en-US", b"ja", b"fr")


def test_the_first_parameter_of_a_name_counts() -> None:
    assert first(((b"A", b"1"), (b"B", b"2"), (b"A", b"3")), b"A") == b"1"


def test_a_parameter_that_is_not_there_is_none() -> None:
    assert first(((b"A", b"1"),), b"B") is None


@pytest.mark.parametrize("value", [b"(" * 99_999, b'"\\' * 50_000, b"(" + b"\\(" * 50_000, b"/" + b"; " * 50_000])
def test_no_input_costs_more_than_its_length(value: bytes) -> None:
    assert content_type(value) is None


@given(st.binary(max_size=80))
def test_anything_is_read(value: bytes) -> None:
    kind = content_type(value)
    assert kind is None or (kind.media_type and kind.subtype)
