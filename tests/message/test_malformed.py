"""Malformed messages, each named for what is wrong, and the structure that is made of it."""

import pytest

from tayori.message.digest import digest
from tayori.message.structure import Part, parse

MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"


def outline(part: Part) -> str:
    """mixed(plain5 html3): subtypes, and the leaves' sizes."""
    if part.embedded:
        return f"{part.subtype.decode().lower()}({outline(part.embedded)})"
    if part.children:
        return f"{part.subtype.decode().lower()}({' '.join(map(outline, part.children))})"
    return f"{part.subtype.decode('latin-1').lower()}{part.wire_size}"


MALFORMED = {
    "nothing at all": (b"", "plain0"),
    "only a blank line": (b"\n", "plain0"),
    "only a line feed missing": (b"Subject: a", "plain0"),
    "no header": (b"just words\n", "plain11"),
    "no body": (b"Subject: a\n\n", "plain0"),
    "a line without a colon in the header": (b"Subject: a\nnonsense\nContent-Type: text/html\n\nx", "html1"),
    "a fold before any field": (b" fold\nContent-Type: text/html\n\nx", "plain32"),
    "a field without a name": (b"X: y\n: z\nContent-Type: text/html\n\nx", "html1"),
    "white space before the colon": (b"Content-Type : text/html\n\nx", "html1"),
    "an empty folded line in the header": (b"X: a\n \nContent-Type: text/html\n\nx", "html1"),
    "NUL in the type": (b"Content-Type: text/ht\x00ml\n\nx", "ht\x00ml1"),
    "eight bits in the type": (b"Content-Type: text/\xe9\n\nx", "é1"),
    "eight bits in a field's name": (b"X\xe9: a\nContent-Type: text/html\n\nx", "html1"),
    "a type without a slash": (b"Content-Type: html\n\nx", "plain1"),
    "a type with two slashes": (b"Content-Type: text/html/x\n\nx", "html1"),
    "two types": (b"Content-Type: text/html\nContent-Type: image/png\n\nx", "html1"),
    "commas for semicolons": (b"Content-Type: text/html, charset=x\n\nx", "html,1"),
    "bare carriage returns": (b"Content-Type: text/html\r\rx\r\n\r\ny", "html1"),
    "only carriage returns": (b"Content-Type: text/html\r\rx", "html0"),
    "line ends of both kinds": (b"X: y\r\nContent-Type: text/html\n\r\nx\n", "html2"),
    "a multipart without a boundary": (b"Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "plain13"),
    "a boundary that never comes": (MIXED + b"--c\n\nx\n--c--\n", "plain13"),
    "a multipart that is only its end": (MIXED + b"--b--\n", "plain6"),
    "a multipart without a body": (MIXED[:-1], "plain0"),
    "a multipart without its blank line": (MIXED[:-1] + b"--b\n\nx\n--b--\n", "plain8"),
    "an open multipart": (MIXED + b"--b\n\nxy\n", "mixed(plain3)"),
    "an open multipart that ends in a boundary": (MIXED + b"--b\n\nxy\n--b\n", "mixed(plain2 plain0)"),
    "parts after the end": (MIXED + b"--b\n\nx\n--b--\n--b\n\nyy\n--b--\n", "mixed(plain1)"),
    "parts without headers or blank lines": (MIXED + b"--b\nx\n--b\nyy\n--b--\n", "mixed(plain1 plain2)"),
    "a part that is only a header": (MIXED + b"--b\nContent-Type: text/html\n--b--\n", "mixed(html0)"),
    "an indented boundary": (MIXED + b"--b\n\nx\n --b\n\ny\n--b--\n", "mixed(plain9)"),
    "white space behind boundaries": (MIXED + b"--b \n\nx\n--b--\t \n", "mixed(plain1)"),
    "a boundary in the wrong case": (MIXED + b"--b\n\nx\n--B\n\ny\n--b--\n", "mixed(plain8)"),
    "a boundary in quotes left open": (
        b'Content-Type: multipart/mixed; boundary="b\n\n--b\n\nx\n--b--\n',
        "mixed(plain1)",
    ),
    "a boundary with a comment": (
        b"Content-Type: multipart/mixed; boundary=b (comment)\n\n--b\n\nx\n--b--\n",
        "mixed(plain1)",
    ),
    "two boundaries": (
        b"Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\nx\n--c\n\ny\n--b--\n",
        "mixed(plain8)",
    ),
    "an inner multipart with the outer's boundary": (
        MIXED + b"--b\n" + MIXED + b"--b\n\nx\n--b--\n",
        "mixed(plain0 plain1)",
    ),
    "an inner multipart left open": (
        MIXED + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--b\n\ny\n--b--\n",
        "mixed(mixed(plain1) plain1)",
    ),
    "an inner end after the outer's": (
        MIXED + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--b--\n--c--\n",
        "mixed(mixed(plain1))",
    ),
    "a message cut in the middle of a boundary": (MIXED + b"--b\n\nx\n--", "mixed(plain4)"),
    "a message inside that is empty": (b"Content-Type: message/rfc822\n\n", "rfc822(plain0)"),
    "a message inside in base64": (
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogYQoKYg==\n",
        "rfc822(plain21)",
    ),
    "a digest of what is no message": (
        b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nx\n--b--\n",
        "digest(rfc822(plain1))",
    ),
    "a multipart in base64": (
        b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nx\n--b--\n",
        "mixed(plain1)",
    ),
    "an mbox line before the header": (b"From a Tue Nov 24 05:49:00 2026\nContent-Type: text/html\n\nx", "html1"),
}


@pytest.mark.parametrize(("raw", "expected"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_message_has_a_structure(raw: bytes, expected: str) -> None:
    assert outline(parse(raw)) == expected


@pytest.mark.parametrize("raw", [raw for raw, _ in MALFORMED.values()], ids=MALFORMED)
def test_a_malformed_message_has_a_digest_of_its_size(raw: bytes) -> None:
    assert digest(raw).wire_size == len(raw)
