"""The text of a message as people read it, for SEARCH and PREVIEW. RFC 3501 section 6.4.4, RFC 8970."""

import re
import unicodedata
from collections.abc import Iterator

from tayori.message import charset, encoded_word, html, parameters, transfer
from tayori.message.header import Raw
from tayori.message.structure import Part, parse

MAX_BODY = 8 * 2**20  # octets of one body that are read
MAX_TEXT = 32 * 2**20  # characters of one message
PREVIEW_LENGTH = 200  # characters, RFC 8970 section 3.1 allows 256
MAX_PIECE = 512  # characters that are normalized at once
GROWTH, GROWN = 2, 2**16  # a folded text may have so many times its characters and so many more: U+FDFA becomes 18
MAX_META = 4096  # octets of HTML in which its own word on its charset is looked for
PREVIEW_BODY = 16 * 1024  # octets of a body that are looked at for a preview

# What charsets and keyboards write differently and a reader takes for the same; and what nobody sees.
_SAME = str.maketrans(
    {
        "\u301c": "~",  # wave dash, which CP932 reads as fullwidth tilde
        "\u2212": "-",  # minus sign, in CP932 fullwidth hyphen-minus
        "\u2010": "-",
        "\u2015": "\u2014",  # horizontal bar and em dash
        "\u2225": "\u2016",  # parallel to and double vertical line
        "\u00a5": "\\",  # 0x5C in JIS X 0201
        "\u00ad": None,  # soft hyphen
        "\u200b": None,  # zero width space, non-joiner, joiner, word joiner, no-break space
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
    }
)
# Chinese and Japanese part no words by spaces; where a line ends there is none to be looked for.
_WIDE = "[\u3001-\u303f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BETWEEN_WIDE = re.compile(f"({_WIDE}) (?={_WIDE})")

# Normalizing takes time by the square of a run of combining marks, so a long text is cut: before what combines with
# nothing that may stand there, or anywhere where there is no such place.
_CUT = r"(?=[\x09-\x7e\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff])"
_PIECES = re.compile(rf"[\s\S]{{1,384}}(?:[\s\S]{{0,128}}?{_CUT}|[\s\S]{{0,128}})")

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+["']?([\w.:-]++)""", re.IGNORECASE)
_QUOTED_LINE = re.compile(r"^[ \t]*+>.*+$", re.MULTILINE)


def fold(text: str) -> str:
    """The text in the form that searching compares: NFKC, case folded, white space as one space.

    "ﾒｰﾙ" and "メール", "ＩＮＶＯＩＣＥ" and "invoice" are the same so; "東\n京" is "東京". What
    grows without measure is cut.
    """
    if not text.isascii():
        folded = "".join(_normal_pieces(text)) if len(text) > MAX_PIECE else _normal(text)
        return _BETWEEN_WIDE.sub(r"\1", " ".join(folded.split()))
    return " ".join(text.lower().split())


def _normal_pieces(text: str) -> Iterator[str]:
    """No text that has not been made to grow is cut."""
    room = max(len(text), min(MAX_TEXT, GROWTH * len(text) + GROWN))
    for piece in _PIECES.finditer(text):
        if room <= 0:
            return
        normal = _normal(piece[0])
        room -= len(normal)
        yield normal


def _normal(piece: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", piece).casefold()).translate(_SAME)


def searchable(raw: Raw, bare_lf: bool = False, structure: Part | None = None) -> tuple[str, str]:
    """The message's decoded header fields, a line each, and the text of its body; neither is folded.

    The body's text is that of all text parts, the file names and descriptions of all parts, and the header of each
    message inside.
    """
    root = structure or parse(raw, bare_lf)
    return header_text(root), body_text(raw, root)


def body_text(raw: Raw, root: Part) -> str:
    """The second of what `searchable` gives."""
    return "\n".join(_body_texts(raw, root))[:MAX_TEXT]


def header_text(part: Part) -> str:
    """b"Subject: =?utf-8?Q?=C3=A9?=" is "Subject: é\\n", and so on for each field of the part's header."""
    return "".join([f"{name.decode('ascii')}: {encoded_word.decode(value)}\n" for name, value in part.fields])


def field_texts(part: Part, name: bytes) -> list[str]:
    """The decoded values of the part's fields of that name (lower case), for SEARCH HEADER."""
    return [encoded_word.decode(value) for each, value in part.fields if each.lower() == name]


def preview(raw: Raw, bare_lf: bool = False, structure: Part | None = None) -> str:
    """The first words of the first text that is no attachment, without what it quotes. RFC 8970 section 3.1."""
    for part in parts(structure or parse(raw, bare_lf)):
        if part.media_type == b"TEXT" and not (part.disposition and part.disposition[0] == b"ATTACHMENT"):
            text = _QUOTED_LINE.sub("", part_text(raw, part, PREVIEW_BODY))
            if words := " ".join(text.split()):
                return words[:PREVIEW_LENGTH]
    return ""


def parts(root: Part) -> Iterator[Part]:
    """The part and all that is in it, in the order of the message."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(part.children)
        if part.embedded:
            waiting.append(part.embedded)


def part_text(raw: Raw, part: Part, limit: int = MAX_BODY) -> str:
    """What a text part says, of its first limit octets: transfer encoding, charset and HTML undone."""
    end = min(part.body_end, part.header_end + limit)
    content = transfer.decode(raw[part.header_end : end], part.encoding)
    label = parameters.first(part.parameters, b"CHARSET")
    if part.subtype != b"HTML":
        return charset.decode(content, label)
    if label is None and (meta := _META_CHARSET.search(content[:MAX_META])):
        label = meta[1]
    return html.text(charset.decode(content, label))


def _body_texts(raw: Raw, root: Part) -> Iterator[str]:
    room = MAX_TEXT
    for part in parts(root):
        yield from _names(part)
        if part.embedded:
            yield header_text(part.embedded)
        if part.media_type == b"TEXT" and room > 0:
            text = part_text(raw, part)
            room -= len(text)
            yield text


def _names(part: Part) -> Iterator[str]:
    """What a part is called: its description, its file's name."""
    if part.description:
        yield encoded_word.decode(part.description)
    pairs = part.parameters + (part.disposition[1] if part.disposition else ())
    said = encoded_word.parameters(pairs)
    yield from (said[name] for name in ("name", "filename") if name in said)
