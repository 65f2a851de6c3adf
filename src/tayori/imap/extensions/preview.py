"""PREVIEW: the first words of a message. RFC 8970."""

from tayori.imap.content import Content
from tayori.imap.fetch_items import Request, Text
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.message.envelope import string
from tayori.message.text import preview


def _words(content: Content) -> bytes:
    return string(preview(content.raw, content.lf, content.structure()).encode())


def _preview(arguments: Arguments, wanted: Request) -> None:
    """PREVIEW, or PREVIEW (LAZY): it is never too much work to be made. RFC 8970 section 3.1."""
    arguments.skip_word(b" (LAZY)")
    wanted.add(Text(b"PREVIEW", _words))


EXTENSION = Extension(rfc="8970", capability=b"PREVIEW", fetch={b"PREVIEW": _preview})
