"""HTML to the text that a person reads: one pass, linear whatever the markup, never failing."""

import re
from html import unescape

# A comment, a tag, or what else vanishes up to ">": <!DOCTYPE>, <?xml?>, </ without a name.
_MARKUP = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][^\s/>]*+)|[!?/])")
_REST_OF_TAG = re.compile(r"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")
_OVERLONG = re.compile(r"&#[0-9]{8,}+;?")  # no character has so many figures, and int() refuses thousands of them

# Elements whose content nobody reads, and the tag that ends each.
_UNSEEN = {
    name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "template", "rp", "rt")
}
# Elements that part no words; all others do.
_INLINE = frozenset(
    (
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
        "ins", "kbd", "label", "mark", "nobr", "o:p", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span",
        "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    )
)  # fmt: skip


def text(markup: str) -> str:
    """What is seen: no tags, comments, scripts or styles; entities resolved; line feeds where elements part words."""
    pieces: list[str] = []
    position = 0
    reader = _Markup(markup)
    while found := _MARKUP.search(markup, position):
        pieces.append(markup[position : found.start()])
        position = reader.end(found)
        if found[3] and found[3].lower() not in _INLINE:
            pieces.append("\n")
    pieces.append(markup[position:])
    return unescape(_OVERLONG.sub(" ", "".join(pieces)))


class _Markup:
    """Where each piece of markup ends. Law: what is searched for in vain is not searched for again."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.quotes_close = True

    def end(self, found: re.Match[str]) -> int:
        if found[1]:
            return self.behind("-->", found.end())
        end = self.end_of_tag(found.end())
        unseen = _UNSEEN.get((found[3] or "").lower())
        if unseen is None or found[2]:
            return end
        closing = unseen.search(self.markup, end)
        return closing.start() if closing else len(self.markup)

    def end_of_tag(self, position: int) -> int:
        """Behind the ">" that stands in no attribute's quotes; where quotes stay open, behind the next one."""
        if self.quotes_close and (rest := _REST_OF_TAG.match(self.markup, position)):
            return rest.end()
        self.quotes_close = False
        return self.behind(">", position)

    def behind(self, mark: str, position: int) -> int:
        found = self.markup.find(mark, position)
        return len(self.markup) if found < 0 else found + len(mark)
