"""Address lists of the header as ENVELOPE wants them. RFC 5322 sections 3.4 and 4.4, RFC 3501 section 7.4.2.

Linear and without recursion; nothing is refused: what makes no sense becomes a name or a mailbox.
"""

import re
from typing import NamedTuple, cast

MAX_ADDRESSES = 5000  # of one field; what stands behind is left out
MAX_TOKENS = 3 * MAX_ADDRESSES  # of what is not in one of the usual forms


class MailAddress(NamedTuple):
    """One address, or the start (mailbox is the group's name) or end (mailbox None) of a group: their host is None.

    A piece that an address lacks is b"", so that it is no group. RFC 3501 section 7.4.2.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = MailAddress(None, None, None, None)

# The usual forms of RFC 5322 section 3.4, mailbox = name-addr / addr-spec, up to the comma or the end:
#   "quoted" <local@host>    phrase <local@host>    local@host
_USUAL = re.compile(
    rb'[ \t]*+(?:(?:"([^"\\\n\r]*+)"[ \t]*+|([^\x00-\x1f"(),:;<>@\[\]\\]*+))'
    rb'<([^\x00- "(),:;<>@\[\]\\]++)@([^\x00- "(),:;<>@\[\]\\]++)>'
    rb'|([^\x00- "(),:;<>@\[\]\\]++)@([^\x00- "(),:;<>@\[\]\\]++))[ \t]*+(?:,|\Z)'
)

# One token: CFWS's white space, a quoted-string, a domain-literal, an atom (dots stay in it), or a special.
_TOKEN = re.compile(
    rb'([ \t\r\n]++)|"((?:[^"\\]++|\\.)*+)\\?(?:"|\Z)|(\[(?:[^\]\\]++|\\.)*+\\?(?:\]|\Z))'
    rb'|([^ \t\r\n"(),:;<>@\[]++)|(.)',
    re.DOTALL,
)
_COMMENT_MARK = re.compile(rb"\\.|[()]", re.DOTALL)
_NESTING = {b"(": 1, b")": -1}
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)

_SPACE, _QUOTED, _LITERAL, _ATOM, _SPECIAL = range(1, 6)


class _Token(NamedTuple):
    kind: int
    text: bytes
    spaced: bool  # white space or a comment stood before it


def addresses(value: bytes) -> list[MailAddress]:
    """The addresses of an unfolded or folded field value, in order, with the starts and ends of groups among them."""
    value = value.replace(b"\r\n", b"").replace(b"\n", b"") if b"\n" in value else value
    found: list[MailAddress] = []
    position, end = 0, len(value)
    reader = None
    while position < end and len(found) < MAX_ADDRESSES:
        match = _USUAL.match(value, position)
        if match is None:
            reader = reader or _Reader(found)
            position = reader.read(value, position)
            continue
        quoted, phrase, local, host, bare_local, bare_host = match.groups()
        if bare_local is None:
            found.append(MailAddress((quoted or phrase or b"").strip() or None, None, local, host))
        else:
            found.append(MailAddress(None, None, bare_local, bare_host))
        position = match.end()
    return found


def addr_specs(value: bytes) -> list[str]:
    """The bare addresses, "local@host" each, host in lower case; bytes that are no UTF-8 as U+FFFD."""
    return [
        f"{mailbox.decode('utf-8', 'replace')}@{host.decode('utf-8', 'replace').lower()}"
        for _, _, mailbox, host in addresses(value)
        if mailbox and host
    ]


class _Reader:
    """The tolerant way: tokens are gathered up to the special that ends an address."""

    def __init__(self, found: list[MailAddress]) -> None:
        self.found = found
        self.room = MAX_TOKENS
        self.in_group = False
        self.clear()

    def clear(self) -> None:
        self.tokens: list[_Token] = []
        self.comment: bytes | None = None
        self.opened: int | None = None  # where among the tokens "<" stands
        self.closed = False

    def read(self, value: bytes, position: int) -> int:
        """Take in one address, or a group; returns where the next begins, or the end where there is no more room."""
        spaced = False
        while position < len(value) and self.room > 0 and len(self.found) < MAX_ADDRESSES:
            self.room -= 1
            match = cast(re.Match[bytes], _TOKEN.match(value, position))  # its last branch takes any octet
            kind, position = cast(int, match.lastindex), match.end()
            text = match[kind]
            if text == b"(" and kind == _SPECIAL:
                text, position = _comment(value, position)
                self.comment = self.comment or text.strip()
                spaced = True
            elif kind == _SPACE:
                spaced = True
            elif self.take(_Token(kind, _QUOTED_PAIR.sub(rb"\1", text) if kind == _QUOTED else text, spaced)):
                return position
            else:
                spaced = False
        self.end_of_address()
        self.end_of_group()
        return len(value)

    def take(self, token: _Token) -> bool:
        """Whether this token leaves nothing open, neither an address nor a group."""
        if token.kind != _SPECIAL or token.text not in _SPECIALS:
            self.tokens.append(token)
            return False
        _SPECIALS[token.text](self, token)
        return token.text in b",;" and not self.in_group and not self.tokens and self.opened is None

    def comma(self, token: _Token) -> None:
        """It ends an address, except between the domains of an obsolete route."""
        if self.in_route():
            self.tokens.append(token)
        else:
            self.end_of_address()

    def colon(self, token: _Token) -> None:
        """It ends a group's name, or an obsolete route."""
        if self.opened is not None:
            self.tokens.append(token)
        else:
            self.end_of_group()
            self.found.append(MailAddress(None, None, _phrase(self.tokens), None))
            self.in_group = True
            self.clear()

    def semicolon(self, _: _Token) -> None:
        self.end_of_address()
        self.end_of_group()

    def angle(self, _: _Token) -> None:
        """It opens an address; one that follows another without a comma opens the next."""
        if self.closed:
            self.end_of_address()
        if self.opened is None:
            self.opened = len(self.tokens)

    def angle_end(self, _: _Token) -> None:
        self.closed = True

    def in_route(self) -> bool:
        """Whether the open angle bracket is followed by "@": obs-route, RFC 5322 section 4.4."""
        return (
            self.opened is not None
            and not self.closed
            and _is_special(self.tokens[self.opened : self.opened + 1], b"@")
        )

    def end_of_address(self) -> None:
        if self.opened is not None:
            self.found.append(_angle_address(self.tokens[: self.opened], self.tokens[self.opened :], self.comment))
        elif self.tokens:
            self.found.append(_bare_address(self.tokens, self.comment))
        self.clear()

    def end_of_group(self) -> None:
        if self.in_group:
            self.found.append(GROUP_END)
        self.in_group = False


_SPECIALS = {
    b",": _Reader.comma,
    b":": _Reader.colon,
    b";": _Reader.semicolon,
    b"<": _Reader.angle,
    b">": _Reader.angle_end,
}


def _comment(value: bytes, position: int) -> tuple[bytes, int]:
    """The text of the comment opened before position, and where it ends; comments nest. RFC 5322 section 3.2.2."""
    depth = 1
    for mark in _COMMENT_MARK.finditer(value, position):
        depth += _NESTING.get(mark[0], 0)
        if depth == 0:
            return _QUOTED_PAIR.sub(rb"\1", value[position : mark.start()]), mark.end()
    return value[position:], len(value)


def _angle_address(before: list[_Token], inside: list[_Token], comment: bytes | None) -> MailAddress:
    """phrase <@route:local@host>"""
    route = None
    if _is_special(inside[:1], b"@"):
        colon = next((index for index, token in enumerate(inside) if _is_special([token], b":")), len(inside))
        route, inside = _joined(inside[:colon]), inside[colon + 1 :]
    at = _last_at(inside)
    name = _phrase(before) or comment or None
    return MailAddress(name, route, _joined(inside[:at]), _joined(inside[at + 1 :]))


def _bare_address(tokens: list[_Token], comment: bytes | None) -> MailAddress:
    """local@host, or words that miss their address: one is taken for a local part, more for a name."""
    at = _last_at(tokens)
    if at == len(tokens) and at > 1:
        return MailAddress(_phrase(tokens), None, b"", b"")
    local = at
    while local > 0 and not (local < at and _apart(tokens[local - 1], tokens[local])):
        local -= 1
    name = _phrase(tokens[:local]) or comment or None
    return MailAddress(name, None, _joined(tokens[local:at]), _joined(tokens[at + 1 :]))


def _apart(left: _Token, right: _Token) -> bool:
    """Whether white space parts two words; beside a dot it parts nothing. RFC 5322 section 4.4, obs-local-part."""
    return right.spaced and not right.text.startswith(b".") and not left.text.endswith(b".")


def _last_at(tokens: list[_Token]) -> int:
    """The index of the last "@", or the number of tokens."""
    for index in range(len(tokens) - 1, -1, -1):
        if _is_special(tokens[index : index + 1], b"@"):
            return index
    return len(tokens)


def _is_special(tokens: list[_Token], text: bytes) -> bool:
    return bool(tokens) and tokens[0].kind == _SPECIAL and tokens[0].text == text


def _joined(tokens: list[_Token]) -> bytes:
    return b"".join([token.text for token in tokens])


def _phrase(tokens: list[_Token]) -> bytes:
    """The words with one space where there was any."""
    return b"".join([b" " + token.text if token.spaced else token.text for token in tokens]).strip()
