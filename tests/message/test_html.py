"""HTML to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.html import text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain", "plain"),
        ("<p>one</p><p>two</p>", "one two"),
        ("one<br>two<BR/>three", "one two three"),
        ("in<b>voi</b>ce", "invoice"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("a<script>var b = '<p>c</p>';</script>d", "a d"),
        ("a<STYLE type=x>b</style >c", "a c"),
        ("a<script>b", "a"),
        ("<title>t</title>a", "a"),
        ("a<!-- <b>hidden</b> -->b", "ab"),
        ("a<!-- open", "a"),
        ("<!DOCTYPE html><?xml x?>a</ b>c", "ac"),
        ("<a title='x > y' href=\"z>\">a</a>", "a"),
        ("<a title='open>a</a>b", "ab"),
        ('<a title=\'open>a</a>b<a href="x>y">c</a>', 'aby">c'),
        ("a < b > c", "a < b > c"),
        ("a<b", "a"),
        ("&amp;&lt;&eacute;&#26481;&#x4eac;&nosuch;", "&<é東京&nosuch;"),
        ("&#99999999999999999999;a", "a"),
        ("&#" + "9" * 5000 + ";a", "a"),
        ("<ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>都", "東京都"),
        ("a<o:p>&nbsp;</o:p>b", "a b"),
        ("", ""),
    ],
)
def test_what_is_seen_is_left(markup: str, expected: str) -> None:
    assert " ".join(text(markup).split()) == expected


@pytest.mark.parametrize("piece", ["<a '>'", '<a "', "<!--", "<script>", "<", "</script", "<a", "&#", "<a ' >", "<!>"])
def test_no_markup_costs_more_than_its_length(piece: str) -> None:
    assert len(text(piece * 50_000)) <= 3 * len(piece * 50_000)


@given(st.text("<>/!-'\"a=& ;#9"))
def test_anything_is_read(markup: str) -> None:
    assert isinstance(text(markup), str)
