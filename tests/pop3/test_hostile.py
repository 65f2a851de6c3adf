"""Whatever a peer sends: each line gets an answer, memory stays bounded, nothing but a refusal happens."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from aids.peer import ScriptedPeer
from aids.postbox import LOGIN, Postbox
from tayori.errors import Gone
from tayori.pop3 import engine
from tayori.pop3.session import offer

WORDS = st.sampled_from(
    [*offer().verbs, b"", b"1", b"2", b"99", b"-1", b"PLAIN", b"LOGIN", b"*", b"=", b"AA==", b"\xff"]
)
LINES = st.lists(st.lists(WORDS, max_size=3).map(b" ".join) | st.binary(max_size=30), max_size=30)


async def heard(postbox: Postbox, *chunks: bytes) -> bytes:
    peer = ScriptedPeer(chunks)
    try:
        await postbox.session(peer, errors=1000).run()
    except Gone:
        pass
    return bytes(peer.sent)


@given(LINES)
def test_every_line_is_answered_in_one_of_the_known_ways(lines: list[bytes]) -> None:
    said = asyncio.run(heard(Postbox(), LOGIN, *(line + b"\r\n" for line in lines)))
    assert said.endswith(b"\r\n")
    assert said.startswith(b"+OK mail.example.org POP3 is ready\r\n")


@given(LINES)
def test_the_answers_do_not_depend_on_how_the_octets_come(lines: list[bytes]) -> None:
    stream = b"".join(line + b"\r\n" for line in lines if b"STLS" not in line.upper())
    whole = asyncio.run(heard(Postbox(), LOGIN + stream))
    octets = LOGIN + stream
    assert asyncio.run(heard(Postbox(), *(octets[at : at + 1] for at in range(len(octets))))) == whole


def test_a_line_without_an_end_is_not_kept() -> None:
    peer = ScriptedPeer([b"x" * 65536] * 20)
    session = Postbox().session(peer)
    try:
        asyncio.run(session.run())
    except Gone:
        pass
    assert len(session.lines) <= engine.LINE + 65536
    assert bytes(peer.sent).count(b"-ERR Line longer than") == 1
