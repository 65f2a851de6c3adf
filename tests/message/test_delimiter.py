"""Boundary lines: what parts a multipart, and what only looks so."""

import pytest

from tayori.message.delimiter import MAX_CANDIDATES, sections


def between(body: bytes, boundary: bytes = b"b", limit: int = 100) -> list[bytes]:
    raw = b"\n" + body
    return [raw[start:end] for start, end in sections(raw, 1, len(raw), boundary, limit)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n", [b"one", b"two"]),
        (b"--b\none\n--b\ntwo\n--b--\n", [b"one", b"two"]),
        (b"preamble\r\n--b\r\none\r\n--b--\r\nepilogue\r\n--b\r\nno part", [b"one"]),
        (b"--b \t\r\none\r\n--b-- \t\r\n", [b"one"]),
        (b"--b\r\none\r\n", [b"one\r\n"]),
        (b"--b\r\none\r\n--b", [b"one", b""]),
        (b"--b\r\none\r\n--b--", [b"one"]),
        (b"--b\r\n--b\r\n--b--\r\n", [b"", b""]),
        (b"--b\r\n\r\n--b--\r\n", [b""]),
        (b"--b\r\n\r\r\n--b--\r\n", [b"\r"]),
        (b"--b--\r\n", []),
        (b"no delimiter", []),
        (b"", []),
        (b"x--b\r\none", []),
        (b"--b\r\none\r\n--bb\r\n--b-\r\n--b --\r\n--b--\r\n", [b"one\r\n--bb\r\n--b-\r\n--b --"]),
        (b"--B\r\none", []),
    ],
)
def test_a_body_is_parted_at_its_boundary_lines(body: bytes, expected: list[bytes]) -> None:
    assert between(body) == expected


def test_a_boundary_that_ends_in_hyphens_is_not_closed_by_itself() -> None:
    assert between(b"--b--\r\none\r\n--b----\r\n", b"b--") == [b"one"]


def test_the_last_part_that_is_allowed_runs_to_the_end() -> None:
    assert between(b"--b\n1\n--b\n2\n--b\n3\n--b--\n", limit=2) == [b"1", b"2\n--b\n3\n--b--\n"]


def test_lines_that_only_begin_like_the_boundary_are_looked_at_up_to_a_limit() -> None:
    assert between(b"--b\none\n" + b"--bb\n" * MAX_CANDIDATES + b"--b--\n")[0].endswith(b"--b--\n")


def test_the_boundary_is_looked_for_within_the_body() -> None:
    raw = b"--b\n\n--b\none\n--b\ntwo"
    assert [raw[start:end] for start, end in sections(raw, 5, 12, b"b", 9)] == [b"one"]


def test_a_body_at_the_very_start_has_no_line_before_it() -> None:
    assert sections(b"--b\none", 0, 7, b"b", 9) == []
