"""The structure: offsets, sizes, numbering, defaults and limits."""

import mmap

import pytest

from tayori.message import structure
from tayori.message.structure import FREE_PASSES, MAX_DEPTH, MAX_HEADERS, MAX_PARTS, MAX_PASSES, Part, parse, part_at

NESTED = b"""\
From: a@b
Content-Type: multipart/mixed; boundary=outer

preamble
--outer
Content-Type: text/plain
Content-ID: <1@x>

one
--outer
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/alternative; boundary=inner

--inner

two one
--inner
Content-Type: text/html

two two
--inner--
--outer
Content-Type: message/rfc822

Subject: plain

three
--outer
Content-Type: multipart/digest; boundary=digest

--digest

Subject: four one

text
--digest
Content-Type: text/plain

four two
--digest--
--outer--
epilogue
"""


def crlf(raw: bytes) -> bytes:
    return raw.replace(b"\n", b"\r\n")


def body(raw: bytes, part: Part | None) -> bytes:
    assert part is not None
    return raw[part.header_end : part.body_end]


def leaves(root: Part) -> list[Part]:
    found, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        inside = part.children or ([part.embedded] if part.embedded else [])
        waiting += inside
        found += [] if inside else [part]
    return found


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((1,), b"one"),
        ((2, 1), b"two one"),
        ((2, 2), b"two two"),
        ((3, 1), b"three"),
        ((4, 1, 1), b"text"),
        ((4, 2), b"four two"),
    ],
)
def test_parts_are_numbered_as_imap_does(path: tuple[int, ...], expected: bytes) -> None:
    assert body(NESTED, part_at(parse(NESTED), path)) == expected


@pytest.mark.parametrize(
    "path", [(0,), (5,), (1, 1), (2, 3), (2, 1, 1), (3, 2), (3, 1, 1), (4, 2, 1), (-1,), (9, 9, 9)]
)
def test_a_number_that_names_no_part_is_none(path: tuple[int, ...]) -> None:
    assert part_at(parse(NESTED), path) is None


def test_no_number_is_the_message() -> None:
    root = parse(NESTED)
    assert part_at(root, ()) is root


def test_part_one_of_a_message_without_parts_is_its_body() -> None:
    root = parse(b"Subject: a\n\nbody")
    assert part_at(root, (1,)) is root
    assert part_at(root, (1, 1)) is None


def test_part_one_of_a_message_that_is_a_message_is_counted_into() -> None:
    raw = b"Content-Type: message/rfc822\n\nSubject: in\n\nbody"
    assert body(raw, part_at(parse(raw), (1,))) == b"Subject: in\n\nbody"
    assert body(raw, part_at(parse(raw), (1, 1))) == b"body"


def test_a_parts_header_is_its_own() -> None:
    part = part_at(parse(NESTED), (1,))
    assert part is not None
    assert NESTED[part.header_start : part.header_end] == b"Content-Type: text/plain\nContent-ID: <1@x>\n\n"


@pytest.mark.parametrize("path", [(), (1,), (2,), (2, 1), (3, 1), (4,), (4, 1)])
def test_sizes_and_lines_are_those_of_the_form_with_crlf(path: tuple[int, ...]) -> None:
    folded, whole = part_at(parse(NESTED, bare_lf=True), path), part_at(parse(crlf(NESTED)), path)
    assert folded is not None
    assert whole is not None
    assert (folded.wire_size, folded.lines) == (whole.wire_size, whole.lines)
    assert whole.wire_size == whole.body_end - whole.header_end


def test_without_bare_lf_a_line_feed_counts_as_itself() -> None:
    assert parse(b"A: b\n\none\ntwo\n").wire_size == len(b"one\ntwo\n")


def test_a_map_gives_the_same_structure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "SLICE", 7)
    with mmap.mmap(-1, len(NESTED)) as mapped:
        mapped.write(NESTED)
        assert parse(mapped, bare_lf=True) == parse(NESTED, bare_lf=True)


def test_all_that_a_header_says_of_a_part_is_kept() -> None:
    part = parse(
        b"Content-Type: IMAGE/png; NAME=a\nContent-ID: <i@d>\nContent-Description: a\n picture\n"
        b"Content-Transfer-Encoding: base64\nContent-Disposition: inline; FileName=a\n"
        b"Content-Language: en, ja\nContent-Location: http://a/\nContent-MD5: Q2hlY2s=\n\n"
    )
    assert (part.media_type, part.subtype, part.parameters) == (b"IMAGE", b"PNG", ((b"NAME", b"a"),))
    assert (part.id, part.description, part.encoding) == (b"<i@d>", b"a picture", b"BASE64")
    assert (part.disposition, part.language) == ((b"INLINE", ((b"FILENAME", b"a"),)), (b"en", b"ja"))
    assert (part.location, part.md5) == (b"http://a/", b"Q2hlY2s=")


@pytest.mark.parametrize(
    "header", [b"", b"Content-Type: nonsense\n", b"Content-Type:\nContent-Transfer-Encoding:\nContent-Disposition: ;\n"]
)
def test_what_is_not_said_is_text_in_ascii(header: bytes) -> None:
    part = parse(header + b"\nbody")
    assert (part.media_type, part.subtype, part.parameters) == structure.TEXT_PLAIN
    assert (part.encoding, part.disposition) == (b"7BIT", None)


def test_of_a_field_that_stands_twice_the_first_counts() -> None:
    assert parse(b"Content-Type: a/b\nContent-Type: c/d\n\n").subtype == b"B"


@pytest.mark.parametrize("subtype", [b"rfc822", b"global"])
def test_a_message_inside_is_opened(subtype: bytes) -> None:
    embedded = parse(b"Content-Type: message/%b\n\nSubject: in\n\nbody" % subtype).embedded
    assert embedded is not None
    assert embedded.fields == [(b"Subject", b" in")]


@pytest.mark.parametrize("subtype", [b"delivery-status", b"partial", b"external-body"])
def test_other_messages_stay_closed(subtype: bytes) -> None:
    assert parse(b"Content-Type: message/%b\n\nSubject: in\n\nbody" % subtype).embedded is None


def test_an_outer_boundary_ends_an_inner_multipart() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n"
        b"--i\n\none\n--o\n\ntwo\n--i\n\nnot the inner's\n--o--\n"
    )
    root = parse(raw)
    assert body(raw, part_at(root, (1, 1))) == b"one"
    assert body(raw, part_at(root, (2,))) == b"two\n--i\n\nnot the inner's"


def test_a_boundary_that_begins_another_parts_only_its_own() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=xx\n\n"
        b"--xx\n\none\n--xx\n\ntwo\n--xx--\n--x\n\nthree\n--x--\n"
    )
    assert [len(part.children) for part in parse(raw).children] == [2, 0]


@pytest.mark.parametrize("parameter", [b"", b"; boundary=", b'; boundary=""', b"; boundary=never"])
def test_a_multipart_in_which_no_part_begins_is_text(parameter: bytes) -> None:
    part = parse(b"Content-Type: multipart/mixed%b\n\nwords\n--b--\n" % parameter)
    assert (part.media_type, part.subtype, part.children) == (b"TEXT", b"PLAIN", [])


def test_white_space_behind_a_boundary_in_quotes_does_not_count() -> None:
    assert len(parse(b'Content-Type: multipart/mixed; boundary="b "\n\n--b\n\none\n--b--\n').children) == 1


def test_a_part_without_a_header_is_all_body() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\njust text\n\nmore\n--b--\n"
    assert body(raw, part_at(parse(raw), (1,))) == b"just text\n\nmore"


def test_a_header_without_an_end_leaves_an_empty_body() -> None:
    part = part_at(parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b\n--b--\n"), (1,))
    assert part is not None
    assert (part.media_type, part.wire_size, part.lines) == (b"A", 0, 0)


def test_a_message_has_no_more_parts_than_the_limit() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * (2 * MAX_PARTS)
    assert len(parse(raw).children) == MAX_PARTS - 1


def test_a_multipart_for_which_no_part_is_left_stays_closed() -> None:
    inner = b"--b\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--i--\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + inner * MAX_PARTS
    assert {part.subtype for part in leaves(parse(raw))} == {b"OCTET-STREAM"}


def test_multiparts_are_opened_down_to_the_limit() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2 * MAX_DEPTH))
    part, depth = parse(raw), 0
    while part.children:
        part, depth = part.children[0], depth + 1
    assert (depth, part.media_type) == (MAX_DEPTH, b"APPLICATION")


def test_messages_are_opened_down_to_the_limit() -> None:
    part, depth = parse(b"Content-Type: message/rfc822\n\n" * (2 * MAX_DEPTH)), 0
    while part.embedded:
        part, depth = part.embedded, depth + 1
    assert (depth, part.media_type) == (MAX_DEPTH, b"APPLICATION")


def test_a_long_message_is_gone_through_only_so_often() -> None:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(MAX_DEPTH))
    part, depth = parse(head + b"x" * FREE_PASSES), 0
    while part.children:
        part, depth = part.children[0], depth + 1
    assert MAX_PASSES <= depth <= MAX_PASSES + 2


def test_headers_beyond_the_room_for_them_say_nothing() -> None:
    header = b"Content-Type: image/png\nX: " + b"x" * (MAX_HEADERS // 4) + b"\n\n"
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + header) * 9
    kinds = [part.media_type for part in parse(raw).children]
    assert kinds == sorted(kinds)
    assert set(kinds) == {b"IMAGE", b"TEXT"}


def test_boundaries_of_a_deep_message_cost_no_more_than_their_length() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" for _ in range(5000))
    assert parse(raw).children
