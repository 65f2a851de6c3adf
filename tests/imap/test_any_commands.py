"""Whatever is said, each command gets one tagged answer, and the session goes on."""

import asyncio

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aids.mailroom import LOGIN, Mailroom
from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.imap.offer import offer

VERBS = sorted(
    verb.decode() for verb in offer(frozenset()).verbs if verb not in (b"LOGOUT", b"IDLE", b"AUTHENTICATE", b"STARTTLS")
)
WORDS = [
    "1", "1:*", "*", "0", "4294967296", "$", "INBOX", '"in box"', "Sent", "nowhere", "&", "%", "*/%", '""', "()", "(",
    ")", "(\\Seen)", "(\\Seen $x)", "+FLAGS", "FLAGS.SILENT", "\\Deleted", "ALL", "FULL", "(UID FLAGS)", "BODY[]",
    "BODY.PEEK[1.MIME]<0.5>", "BODY[HEADER.FIELDS (a)]", "BINARY[1]", "BODYSTRUCTURE", "NOT", "OR", "TEXT", "x", "UID",
    "CHARSET", "UTF-8", "SINCE", "1-Jan-2020", "LARGER", "MODSEQ", "RETURN", "(MIN SAVE)", "(COUNT PARTIAL 1:2)",
    "(MESSAGES)", "(CHANGEDSINCE 1)", "(UNCHANGEDSINCE 1)", "(CONDSTORE)", "(QRESYNC (1 1))", "(SUBSCRIBED)", "NIL",
    "IN", "(selected)", "(personal)", "(subtree (a b))", "FUZZY", "(RELEVANCY ALL)", "UIDBEFORE", "ISO-2022-JP", "500",
    "2:1", "DEFLATE",
    "CONDSTORE", "QRESYNC", "IMAP4REV2", "UTF8=ACCEPT", "{3+}\r\nabc", "{0+}\r\n", "~{2+}\r\n\0\0", '"\\', "\x7f", "é",
]  # fmt: skip

commands = st.builds(
    lambda verb, words: f"{verb} {' '.join(words)}".rstrip(" "),
    st.sampled_from(VERBS),
    st.lists(st.sampled_from(WORDS), max_size=6),
)


@given(st.lists(commands, max_size=8))
@example(["SELECT INBOX", "SEARCH RETURN (SAVE) ALL", "FETCH $ BODY[]", "EXPUNGE", "UNAUTHENTICATE", "NOOP"])
@settings(max_examples=300)
def test_every_command_gets_one_tagged_answer(said: list[str]) -> None:
    script = b"".join(b"c%d %b\r\n" % (number, text.encode()) for number, text in enumerate(said))
    peer = ScriptedPeer([LOGIN + b"s SELECT INBOX\r\n" + script + b"end NOOP\r\n"])
    try:
        asyncio.run(Mailroom().session(peer, errors=1000).run())
    except Gone:
        pass
    lines = bytes(peer.sent).split(b"\r\n")
    tags = [line.split(b" ")[0] for line in lines if line.startswith((b"c", b"end")) and b" " in line]
    assert [tag for tag in tags if tag in {b"end", *(b"c%d" % number for number in range(len(said)))}] == [
        *(b"c%d" % number for number in range(len(said))),
        b"end",
    ]


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_octets_are_borne(octets: bytes) -> None:
    peer = ScriptedPeer([LOGIN + b"s SELECT INBOX\r\n", octets, b"\r\nend NOOP\r\n"])
    try:
        asyncio.run(Mailroom().session(peer, errors=1000).run())
    except Gone:
        pass
    assert bytes(peer.sent).endswith(b"\r\n")
