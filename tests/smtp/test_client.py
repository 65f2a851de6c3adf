"""The client against our own server, and against replies of others written down."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aids.house import House
from aids.peer import ScriptedPeer
from aids.pipe import pipe
from tayori.errors import Gone, ProtocolError
from tayori.model import Account, Address, BodyType, Envelope, Recipient
from tayori.smtp.client import COMMAND, DATA_END, GREETING, NEEDS_BINARY, NEEDS_UTF8, Client, Refused, Reply

ALICE, BOB = Recipient(Address("alice", "example.org")), Recipient(Address("bob", "example.org"))
NOBODY = Recipient(Address("nobody", "example.org"))
GREETED = b"220 there\r\n250-there\r\n250 %b\r\n"


async def content(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def served(house: House, talk: Callable[[Client], Awaitable[None]], lmtp: bool = False, **settings: object) -> None:
    """Have `talk` with a session of the house."""

    async def both() -> None:
        ours, theirs = pipe()
        session = house.session(theirs, service="lmtp" if lmtp else "smtp", **settings)
        serving = asyncio.create_task(session.run())
        client = Client(ours, "client.example.net", lmtp)
        await client.hello()
        await talk(client)
        await client.quit()
        await serving

    asyncio.run(both())


def answered(
    *replies: bytes, greeted: bytes = b"PIPELINING", envelope: Envelope | None = None, chunks: tuple[bytes, ...] = ()
) -> tuple[list[Reply], bytes]:
    """What `send` gives against these replies, and what was said after EHLO."""

    async def sent() -> list[Reply]:
        await client.hello()
        return await client.send(envelope or Envelope("a@b", [ALICE, BOB]), content(*chunks))

    peer = ScriptedPeer([GREETED % greeted, *replies])
    client = Client(peer, "me")
    answers = asyncio.run(sent())
    return answers, bytes(peer.sent).removeprefix(b"EHLO me\r\n")


def test_a_message_goes_through_and_each_recipient_has_an_answer(house: House) -> None:
    async def talk(client: Client) -> None:
        envelope = Envelope("a@example.net", [ALICE, NOBODY, BOB], BodyType.EIGHT_BIT, returned="FULL", id="x y")
        answers = await client.send(envelope, content(b".a\r", b"\n.\r\n", b"b"), size=9)
        assert [answer.code for answer in answers] == [250, 550, 250]

    served(house, talk)
    [accepted] = house.intake.accepted
    assert accepted.content == b".a\r\n.\r\nb\r\n"
    assert (accepted.envelope.body, accepted.envelope.returned, accepted.envelope.id) == (
        BodyType.EIGHT_BIT,
        "FULL",
        "x y",
    )
    assert house.intake.sizes == [9]


def test_notifications_are_asked_for_again(house: House) -> None:
    wanted = Recipient(ALICE.address, "rfc822;a+b@c", frozenset({"DELAY", "FAILURE"}))

    async def talk(client: Client) -> None:
        await client.send(Envelope("", [wanted]), content(b"x\r\n"))

    served(house, talk)
    assert house.intake.accepted[0].envelope.recipients == [wanted]


def test_lmtp_gives_an_answer_for_each_recipient(house: House) -> None:
    async def talk(client: Client) -> None:
        answers = await client.send(Envelope("", [NOBODY, ALICE, BOB]), content(b"x\r\n"))
        assert [answer.code for answer in answers] == [550, 250, 250]

    served(house, talk, lmtp=True)


def test_any_octets_go_by_bdat(house: House) -> None:
    async def talk(client: Client) -> None:
        await client.send(Envelope("", [ALICE], BodyType.BINARY), content(b"\r.\n", b"\x00\r\n.\r\n"))

    served(house, talk)
    assert house.intake.accepted[0].content == b"\r.\n\x00\r\n.\r\n"


def test_a_chunk_that_is_refused_ends_the_message_and_the_next_goes_through(house: House) -> None:
    async def talk(client: Client) -> None:
        answers = await client.send(Envelope("", [ALICE], BodyType.BINARY), content(b"x" * 11, b"y"))
        assert [answer.code for answer in answers] == [552]
        assert (await client.send(Envelope("", [ALICE]), content(b"z\r\n")))[0].positive

    served(house, talk, message=10)


@pytest.mark.parametrize("offered", [["PLAIN", "LOGIN"], ["LOGIN"]])
def test_who_logs_in_over_tls_may_send(house: House, offered: list[str]) -> None:
    async def talk(client: Client) -> None:
        assert "AUTH" not in client.capabilities
        await client.start_tls()
        client.capabilities = {**client.capabilities, "AUTH": " ".join(offered)}
        await client.log_in("alice@example.org", "wonderland")
        await client.send(Envelope("alice@example.org", [BOB]), content(b"x\r\n"))

    served(house, talk, login_offered=True)
    origin = house.intake.accepted[0].origin
    assert (origin.protocol, origin.account) == ("ESMTPSA", Account("alice@example.org"))


def test_a_wrong_password_is_refused(house: House) -> None:
    async def talk(client: Client) -> None:
        with pytest.raises(Refused, match=r"535 5\.7\.8"):
            await client.log_in("alice@example.org", "wrong")

    served(house, talk, login_offered=True, plaintext_without_tls=True)


def test_a_server_without_ehlo_is_said_helo() -> None:
    peer = ScriptedPeer([b"220 old\r\n", b"500 what\r\n", b"250 old\r\n"])
    client = Client(peer, "me")
    assert client.timeout == GREETING
    asyncio.run(client.hello())
    assert bytes(peer.sent) == b"EHLO me\r\nHELO me\r\n"
    assert (client.capabilities, client.timeout) == ({}, COMMAND)


@pytest.mark.parametrize(
    "replies",
    [[b"554 no\r\n"], [b"220 x\r\n", b"421 no\r\n"], [b"220 x\r\n", b"500 no\r\n", b"550 no\r\n"]],
)
def test_a_server_that_does_not_want_to_talk_is_heard(replies: list[bytes]) -> None:
    with pytest.raises(Refused, match="no"):
        asyncio.run(Client(ScriptedPeer(replies), "me").hello())


def test_a_server_that_does_not_start_tls_is_heard() -> None:
    client = Client(peer := ScriptedPeer([b"454 not now\r\n"]), "me")
    with pytest.raises(Refused, match="454 not now") as told:
        asyncio.run(client.start_tls())
    assert (peer.secure, told.value.reply.permanent) == (False, False)


def test_without_pipelining_each_command_waits_for_its_answer() -> None:
    answers, said = answered(b"250 a\r\n", b"250 b\r\n", b"250 c\r\n", b"354 d\r\n", b"250 e\r\n", greeted=b"HELP")
    assert [answer.code for answer in answers] == [250, 250]
    assert said == b"MAIL FROM:<a@b>\r\nRCPT TO:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\n"


def test_a_sender_that_is_refused_is_refused_for_all() -> None:
    answers, said = answered(b"550 no\r\n503 x\r\n503 x\r\n503 x\r\n250 reset\r\n")
    assert answers == [Reply(550, ("no",))] * 2
    assert said.endswith(b"DATA\r\nRSET\r\n")


def test_data_that_is_refused_is_refused_for_those_who_were_accepted() -> None:
    answers, _ = answered(b"250 x\r\n550 no\r\n250 x\r\n451 later\r\n250 reset\r\n")
    assert [answer.code for answer in answers] == [550, 451]


def test_data_that_starts_for_nobody_is_ended_at_once() -> None:
    answers, said = answered(b"250 x\r\n550 no\r\n550 no\r\n354 go\r\n554 nobody\r\n", chunks=(b"secret\r\n",))
    assert [answer.code for answer in answers] == [550, 550]
    assert said.endswith(b"DATA\r\n.\r\n")


@pytest.mark.parametrize(
    ("envelope", "lack"),
    [
        (Envelope("é@b", [ALICE], smtputf8=True), NEEDS_UTF8),
        (Envelope("a@b", [ALICE], BodyType.BINARY), NEEDS_BINARY),
    ],
)
def test_what_the_server_cannot_take_is_not_begun(envelope: Envelope, lack: Reply) -> None:
    assert answered(greeted=b"CHUNKING", envelope=envelope) == ([lack], b"")


def test_a_domain_goes_as_ascii_unless_utf8_was_said() -> None:
    there = Recipient(Address("a", "例え.jp"))
    replies = b"250 x\r\n250 x\r\n354 x\r\n250 x\r\n"
    _, said = answered(replies, greeted=b"PIPELINING", envelope=Envelope("", [there]))
    assert b"RCPT TO:<a@xn--r8jz45g.jp>\r\n" in said
    peer = ScriptedPeer([b"220 x\r\n250-x\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n", replies])
    client = Client(peer, "me")

    async def sent() -> None:
        await client.hello()
        await client.send(Envelope("", [there], smtputf8=True), content())

    asyncio.run(sent())
    assert "MAIL FROM:<> SMTPUTF8\r\nRCPT TO:<a@例え.jp>\r\n".encode() in peer.sent
    assert client.timeout == DATA_END


@pytest.mark.parametrize("chunk", [b"hello\r\n", b"250-x\r\n" * 300, b"x" * 5000])
def test_a_server_that_does_not_speak_smtp_is_an_error(chunk: bytes) -> None:
    with pytest.raises(ProtocolError):
        asyncio.run(Client(ScriptedPeer([chunk]), "me").hello())


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"220 x\r\n", b"250-x\r\n", b"250 x\r\n", b"354 x\r\n"])))
def test_nothing_but_an_answer_or_an_end_comes_of_any_server(chunks: list[bytes]) -> None:
    async def talk() -> None:
        await client.hello()
        answers = await client.send(Envelope("a@b", [ALICE, BOB]), content(b"x\r\n"))
        assert len(answers) == 2
        await client.quit()

    client = Client(ScriptedPeer(chunk for chunk in chunks if chunk), "me")
    try:
        asyncio.run(talk())
    except (Gone, ProtocolError, Refused):
        pass
