"""Base subjects. RFC 5256 section 2.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.subject import MAX_KEPT, base_subject

BASES = [
    (b"", "", False),
    (b"One", "one", False),
    (b"=?utf-8?Q?R=C3=A9sum=C3=A9?=", "r\u00e9sum\u00e9", False),  # step 1: encoded words
    (b"a\tb   c", "a b c", False),  # step 1: white space is one space
    (b"One  ", "one", False),  # step 2: trailers
    (b"One (fwd)", "one", True),
    (b"One (fwd) (FWD)", "one", True),
    (b"  One", "one", False),  # step 3: leaders
    (b"Re: One", "one", True),
    (b"re : One", "one", True),
    (b"FW: One", "one", True),
    (b"Fwd: One", "one", True),
    (b"Re[2]: One", "one", True),
    (b"Re [x] : One", "one", True),
    (b"[list] Re: One", "one", True),
    (b"[a] [b]Re: One", "one", True),
    (b"[list] One", "one", False),  # step 4: a blob, where something is left
    (b"[list]", "[list]", False),
    (b"[a][b]", "[b]", False),
    (b"Re: [list]", "[list]", True),
    (b"Re: [a] Fwd: [b] Re: One", "one", True),  # step 5: again and again
    (b"[Fwd: One]", "one", True),  # step 6
    (b"Re: [fwd: [list] Re: One (fwd)]", "one", True),
    (b"[fwd: [fwd: One]]", "one", True),
    (b"Re:", "", True),
    (b"Reply: One", "reply: one", False),
    (b"Forward: One", "forward: one", False),
    (b"Ree: One", "ree: one", False),
    (b"One [fwd: Two]", "one [fwd: two]", False),
    ("\uff32\uff25\uff1a\u4ef6".encode(), "\u4ef6", True),  # as wide letters
]


@pytest.mark.parametrize(("subject", "base", "is_reply"), BASES)
def test_the_base_of_a_subject(subject: bytes, base: str, is_reply: bool) -> None:
    assert base_subject(subject) == (base, is_reply)


@given(st.lists(st.sampled_from(["re:", "[x]", "fwd:", " ", "(fwd)", "[fwd:", "]", "a"])).map("".join))
def test_what_stands_around_it_comes_off_whole(subject: str) -> None:
    base = base_subject(subject.encode()).text
    assert not base.startswith(("re:", "fwd:", " "))
    assert not base.endswith(("(fwd)", " "))


def test_a_subject_without_end_is_cut() -> None:
    assert len(base_subject(b"[a]" * 100_000 + b"b").text) <= MAX_KEPT
