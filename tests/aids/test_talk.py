"""The talk runner itself: what it lets pass and what it does not."""

import asyncio
import re

import pytest

from aids.peer import ScriptedPeer
from aids.talk import Way, hold, parsed


class Echo:
    """Greets, then says each line back, "woken" when woken, and closes after "BYE"."""

    timeout = 1.0

    def __init__(self, peer: ScriptedPeer, options: dict[str, str]) -> None:
        self.peer = peer
        peer.write(b"hello " + options.get("name", "you").encode() + b"\r\n")

    async def run(self) -> None:
        text = b""
        while b"BYE\r\n" not in text:
            chunk = await self.peer.read()
            if not chunk:
                self.peer.write(b"woken\r\n")
            text += chunk
            while b"\r\n" in text and not text.startswith(b"BYE"):
                line, _, text = text.partition(b"\r\n")
                self.peer.write(line + b"\r\n")

    def farewell(self, reason: str) -> bytes:
        return reason.encode()


RIGHT = """
# what this is
@ name me
S: hello me
C: one
S: one
C: two
S: /t(w)o/
---
! wake
S: woken
C* 3 xyz
C\\ \\r\\n
S: xyz…
C: BYE
S.
"""


@pytest.mark.parametrize("way", Way)
def test_a_talk_that_is_right_passes_every_way(way: Way) -> None:
    asyncio.run(hold(parsed(RIGHT), way, Echo))


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("S: hello you\nC: one\nS: two\n", "expected"),
        ("S: hello you\nC: one\n", "expected"),
        ("S: hello you\nC: one\nS: one\nS: more\n", "expected"),
        ("S: hello you\nC: one\nS: one\nS.\n", "should have closed"),
        ("S: hello you\nC: BYE\n", "closed after"),
        ("S: hello you\nC: BYE\n---\nC: more\nS: more\nS.\n", "before the talk's end"),
    ],
)
def test_a_talk_that_is_wrong_fails_every_way(way: Way, text: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        asyncio.run(hold(parsed(text), way, Echo))


def test_a_line_of_no_kind_is_told_with_its_number() -> None:
    with pytest.raises(ValueError, match="talk, line 2"):
        parsed("S: hello\nX: what\n")
