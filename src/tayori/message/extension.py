"""BODY from BODYSTRUCTURE as stored, by leaving out the extension data. RFC 3501 section 7.4.2."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

EXTENSION_FIELDS = 4  # at the end of each body, md5 or parameters, disposition, language, location; we write them all
EMBEDDED = 8  # elements before the structure of the message in a message/rfc822

_TOKEN = re.compile(rb'[() ]|"(?:[^"\\]++|\\.)*+"|\{(\d++)\}\r\n|[^() "{]++', re.DOTALL)
_MESSAGES = ([b'"MESSAGE"', b'"RFC822"'], [b'"MESSAGE"', b'"GLOBAL"'])


@dataclass(slots=True)
class _List:
    """An open parenthesis: a body, or a list inside one, which is copied as it stands."""

    is_body: bool
    elements: list[int] = field(default_factory=list)  # where among the tokens kept each begins
    names: list[bytes] = field(default_factory=list)  # the first two that are no list: type and subtype

    def open(self, at: int) -> "_List":
        """The list that begins here: a multipart's part, a message's structure, or none of these."""
        is_part = not self.names or (len(self.elements) == EMBEDDED and self.names in _MESSAGES)
        self.elements.append(at)
        return _List(self.is_body and is_part)

    def take(self, token: bytes, at: int) -> None:
        self.elements.append(at)
        if len(self.names) < 2:
            self.names.append(token)

    def close(self, kept: list[bytes]) -> None:
        """Take back the extension data, with the space before it."""
        if self.is_body:
            del kept[self.elements[-EXTENSION_FIELDS] - 1 :]


def without_extension(bodystructure: bytes) -> bytes:
    """The BODY of what envelope.bodystructure made."""
    kept: list[bytes] = []
    lists = [_List(is_body=True)]  # the outermost holds the message alone
    for token in _tokens(bodystructure):
        if token == b")":
            lists.pop().close(kept)
        elif token == b"(":
            lists.append(lists[-1].open(len(kept)))
        elif token != b" ":
            lists[-1].take(token, len(kept))
        kept.append(token)
    return b"".join(kept)


def _tokens(structure: bytes) -> Iterator[bytes]:
    position = 0
    while match := _TOKEN.match(structure, position):
        position = match.end() + int(match[1] or 0)
        yield structure[match.start() : position]
