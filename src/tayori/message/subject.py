"""The base subject: a subject without what replying and forwarding put around it. RFC 5256 section 2.1."""

import re
from typing import NamedTuple

from tayori.message import encoded_word
from tayori.message.text import fold

MAX_READ = 8192  # octets of a subject that are looked at
MAX_KEPT = 1000  # characters of it, folded, that count

# RFC 5256 section 5; what is matched is folded: lower case, each white space one space.
_REPLY = re.compile(r"(?:\[[^\[\]]*+\] ?)*+(?:re|fwd?) ?(?:\[[^\[\]]*+\] ?)?: ?")  # *subj-blob subj-refwd
_BLOB = re.compile(r"\[[^\[\]]*+\] ?(?=.)")  # subj-blob, where something is left behind it
_FORWARD = "[fwd:"  # subj-fwd-hdr, with subj-fwd-trl "]"
_FORWARDED = "(fwd)"  # subj-trailer


class BaseSubject(NamedTuple):
    text: str  # folded
    is_reply: bool  # or a forward


def base_subject(value: bytes) -> BaseSubject:
    """b"Re: [list] One (fwd)" gives ("one", True)."""
    text = fold(encoded_word.decode(value[:MAX_READ]))[:MAX_KEPT].rstrip()
    is_reply = False
    while True:
        text, stripped = _without_trailers(text)
        text, led = _without_leaders(text)
        is_reply |= stripped or led
        if not (text.startswith(_FORWARD) and text.endswith("]")):
            return BaseSubject(text, is_reply)
        text, is_reply = text[len(_FORWARD) : -1].strip(), True


def _without_trailers(text: str) -> tuple[str, bool]:
    """The text, and whether anything was taken from it."""
    bare = text
    while bare.endswith(_FORWARDED):
        bare = bare[: -len(_FORWARDED)].rstrip()
    return bare, bare != text


def _without_leaders(text: str) -> tuple[str, bool]:
    """The text, and whether a reply or forward was told by what was taken."""
    at, is_reply = 0, False
    while True:
        if found := _REPLY.match(text, at):
            is_reply = True
        else:
            found = _BLOB.match(text, at)
        if found is None:
            return text[at:], is_reply
        at = found.end()
