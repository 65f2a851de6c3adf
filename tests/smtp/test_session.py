"""Conversations: the talk files, held in every way, and what they cannot show."""

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest

from aids.house import OPTIONS, House
from aids.peer import ScriptedPeer
from aids.talk import Way, hold, parsed, paths
from tayori.errors import CannotDo, Gone, NoSpace, OverQuota, Refusal, ShuttingDown, TryLater
from tayori.model import Account, BodyType, Envelope, Origin
from tayori.ports import Conversation
from tayori.smtp.session import FAIR_SLICE

HELLO = b"EHLO mx.example.net\r\n"
ENVELOPE = b"MAIL FROM:<a@example.net>\r\nRCPT TO:<alice@example.org>\r\n"
LETTER = ENVELOPE + b"DATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n"
LOG_IN = b"AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcmxhbmQ=\r\n"


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@pytest.mark.parametrize("path", paths("smtp"), ids=lambda path: path.stem)
def test_the_talk_goes_as_written(path: Path, way: Way, house: House) -> None:
    def opened(peer: ScriptedPeer, options: dict[str, str]) -> Conversation:
        return house.session(peer, **{key: OPTIONS[key](value) for key, value in options.items() if key in OPTIONS})

    asyncio.run(hold(parsed(path.read_text(), path.stem), way, opened, {"fill": house.fill}))


def test_what_is_accepted_is_what_was_sent_to_the_octet(house: House) -> None:
    message = b"\xff\x00\r\n.a\r\n\r\n..\r\n"
    sent = b"\xff\x00\r\n..a\r\n\r\n...\r\n.\r\n"
    answers = house.talk(HELLO + ENVELOPE + b"DATA\r\n", sent)
    assert answers[-1] == b"250 2.0.0 Accepted as m1"
    assert [accepted.content for accepted in house.intake.accepted] == [message]


def test_the_envelope_is_as_it_was_said(house: House) -> None:
    house.talk(
        HELLO + b"MAIL FROM:<A@Example.NET> BODY=8BITMIME SMTPUTF8 SIZE=99 RET=HDRS ENVID=a+2B\r\n"
        b"RCPT TO:<alice@example.org> NOTIFY=DELAY,SUCCESS ORCPT=utf-8;\\x{E9}@b\r\nDATA\r\n.\r\n"
    )
    accepted = house.intake.accepted[0].envelope
    [recipient] = accepted.recipients
    expected = Envelope("A@Example.NET", [recipient], BodyType.EIGHT_BIT, smtputf8=True, returned="HDRS", id="a+")
    assert accepted == expected
    assert (recipient.notify, recipient.original) == (frozenset({"DELAY", "SUCCESS"}), "utf-8;é@b")
    assert house.intake.sizes == [99]


@pytest.mark.parametrize(
    ("hello", "service", "secure", "mail", "protocol"),
    [
        (b"HELO c", "smtp", True, b"<>", "SMTP"),
        (b"EHLO c", "smtp", False, b"<>", "ESMTP"),
        (b"EHLO c", "smtp", True, b"<>", "ESMTPS"),
        (b"EHLO c", "smtp", True, b"<> SMTPUTF8", "UTF8SMTPS"),
        (b"LHLO c", "lmtp", False, b"<>", "LMTP"),
        (b"LHLO c", "lmtp", True, b"<> SMTPUTF8", "UTF8LMTPS"),
    ],
)
def test_the_origin_names_the_protocol(
    house: House, hello: bytes, service: str, secure: bool, mail: bytes, protocol: str
) -> None:
    house.talk(
        hello + b"\r\nMAIL FROM:" + mail + b"\r\nRCPT TO:<alice@example.org>\r\nDATA\r\n.\r\n",
        service=service,
        secure=secure,
    )
    tls = "TLSv1.3 TLS_AES_256_GCM_SHA384" if secure else ""
    assert house.intake.accepted[0].origin == Origin(service, "127.0.0.1", "c", protocol, tls)


def test_the_origin_names_who_logged_in(house: House) -> None:
    mail = b"MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n.\r\n"
    house.talk(HELLO + LOG_IN + mail, service="submission", secure=True)
    origin = house.intake.accepted[0].origin
    assert (origin.protocol, origin.account) == ("ESMTPSA", Account("alice@example.org"))


def test_pipelined_commands_are_answered_in_one_packet(house: House) -> None:
    peer = ScriptedPeer([HELLO, ENVELOPE + b"DATA\r\n", b"hello\r\n.\r\nRSET\r\nQUIT\r\n"])
    asyncio.run(house.session(peer).run())
    peer.flush()
    assert [packet.count(b"\r\n") for packet in peer.flushed] == [1, 11, 3, 3]


def test_many_commands_at_once_let_others_have_their_turn(house: House) -> None:
    peer = ScriptedPeer([b"NOOP\r\n" * 3 * FAIR_SLICE])
    with pytest.raises(Gone):
        asyncio.run(house.session(peer).run())
    assert len(peer.flushed) == 4


@pytest.mark.parametrize("cut", range(len(ENVELOPE), len(LETTER) - 1, 7))
def test_a_peer_that_is_gone_before_the_end_leaves_nothing(house: House, cut: int) -> None:
    house.talk(HELLO + LETTER[:cut])
    assert not house.intake.accepted
    assert all(draft.discarded for draft in house.intake.drafts)


def test_a_message_that_is_cancelled_leaves_nothing(house: House) -> None:
    class Waiting(ScriptedPeer):
        def __init__(self, *chunks: bytes) -> None:
            super().__init__(chunks)
            self.waits = asyncio.Event()

        async def read(self) -> bytes:
            if not self._script:
                self.waits.set()
                await asyncio.Event().wait()
            return await super().read()

    async def cancelled() -> float:
        peer = Waiting(HELLO + ENVELOPE + b"DATA\r\nSubject")
        session = house.session(peer)
        task = asyncio.create_task(session.run())
        await peer.waits.wait()
        task.cancel()
        await asyncio.wait([task])
        return session.timeout

    assert asyncio.run(cancelled()) == 180.0
    assert [draft.discarded for draft in house.intake.drafts] == [True]


def test_a_message_past_the_limit_is_swallowed_and_nothing_kept(house: House) -> None:
    answers = house.talk(HELLO + ENVELOPE + b"DATA\r\n", *[b"x" * 50 + b"\r\n"] * 4, b".\r\n" + LETTER, message=100)
    assert answers[-5:-4] == [b"552 5.3.4 Messages may have 100 octets"]
    assert answers[-1] == b"250 2.0.0 Accepted as m1"
    assert [(draft.discarded, len(draft.content)) for draft in house.intake.drafts] == [(True, 50), (False, 21)]


def test_a_chunk_past_the_limit_is_swallowed_and_nothing_of_it_kept(house: House) -> None:
    answers = house.talk(HELLO + ENVELOPE + b"BDAT 101\r\n", *[b"x"] * 101, b"BDAT 1 LAST\r\n", b"x", message=100)
    assert answers[-2:] == [b"552 5.3.4 Messages may have 100 octets", b"503 5.5.1 Say MAIL first"]
    assert [(draft.discarded, len(draft.content)) for draft in house.intake.drafts] == [(True, 0)]


def test_a_chunk_that_finds_no_room_ends_the_message(house: House) -> None:
    house.intake.begin_fault = NoSpace("No room")
    answers = house.talk(HELLO + ENVELOPE + b"BDAT 4\r\n", b"QUIT", b"BDAT 4 LAST\r\nQUIT", b"NOOP\r\n")
    assert answers[-3:] == [b"452 4.3.1 No room", b"503 5.5.1 Say MAIL first", b"250 2.0.0 OK"]


def test_a_full_disk_is_said_before_the_text(house: House) -> None:
    house.intake.begin_fault = NoSpace("No room")
    assert house.talk(HELLO + ENVELOPE + b"DATA\r\nNOOP\r\n")[-2:] == [b"452 4.3.1 No room", b"250 2.0.0 OK"]


def test_a_disk_that_fills_up_is_said_after_the_text(house: House) -> None:
    house.intake.full_at, house.intake.fault = 20, NoSpace("No room")
    answers = house.talk(HELLO + ENVELOPE + b"DATA\r\n", b"x" * 15, b"y" * 15, b"QUIT\r\n\r\n.\r\nNOOP\r\n")
    assert answers[-2:] == [b"452 4.3.1 No room", b"250 2.0.0 OK"]
    assert house.intake.drafts[0].discarded


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (TryLater("Again"), b"451 4.3.0 Again"),
        (OverQuota("Full"), b"552 5.2.2 Full"),
        (Refusal("No"), b"554 5.0.0 No"),
    ],
)
def test_a_commit_that_fails_is_said_and_the_session_goes_on(house: House, fault: Refusal, answer: bytes) -> None:
    house.intake.commit_fault = fault
    assert house.talk(HELLO + LETTER + b"NOOP\r\n")[-2:] == [answer, b"250 2.0.0 OK"]
    assert house.intake.drafts[0].discarded


def test_lmtp_says_for_each_recipient_that_a_commit_failed(house: House) -> None:
    house.intake.commit_fault = TryLater("Again")
    to = b"RCPT TO:<alice@example.org>\r\nRCPT TO:<bob@example.org>\r\n"
    answers = house.talk(b"LHLO c\r\nMAIL FROM:<>\r\n" + to + b"DATA\r\n.\r\n", service="lmtp")
    assert answers[-3:] == [b"354 Start mail input; end with <CRLF>.<CRLF>", *[b"451 4.3.0 Again"] * 2]


@pytest.mark.parametrize("commands", [LETTER, ENVELOPE + b"BDAT 1 LAST\r\nx"])
def test_a_server_that_stops_says_so_and_closes(house: House, commands: bytes) -> None:
    house.intake.commit_fault = ShuttingDown("Stopping")
    assert house.talk(HELLO + commands + b"NOOP\r\n")[-1] == b"421 4.3.2 Stopping"


def test_faults_of_ours_are_not_counted_against_the_peer(house: House) -> None:
    house.intake.begin_fault = TryLater("Again")
    answers = house.talk(HELLO + ENVELOPE + b"DATA\r\n" * 30, errors=3)
    assert answers[-30:] == [b"451 4.3.0 Again"] * 30


def test_more_recipients_than_allowed_do_not_cost_the_message(house: House) -> None:
    to = b"RCPT TO:<alice@example.org>\r\n" * 30
    answers = house.talk(HELLO + ENVELOPE + to + b"DATA\r\n.\r\n", recipients=1, errors=3)
    assert answers[-1] == b"250 2.0.0 Accepted as m1"


def test_guessing_passwords_ends_the_session(house: House) -> None:
    answers = house.talk(HELLO + b"AUTH PLAIN AGEAYg==\r\n" * 9, service="submission", secure=True, errors=3)
    assert answers[-4:] == [b"535 5.7.8 Authentication failed"] * 3 + [b"421 4.7.0 Too many errors"]


def test_a_log_in_that_cannot_be_checked_is_to_be_tried_again(house: House) -> None:
    house.directory.fault = TryLater("Too busy")
    assert house.talk(HELLO + LOG_IN, service="submission", secure=True)[-1] == b"454 4.7.0 Too busy"


def test_a_response_without_end_ends_the_session(house: House) -> None:
    answers = house.talk(HELLO + b"AUTH PLAIN\r\n", b"x" * 12288, b"\r\nNOOP\r\n", service="submission", secure=True)
    assert answers[-1].startswith(b"500 5.5.6 ")


@pytest.mark.parametrize("cut", [10, 12287, 12288, 12289, 20000])
def test_a_line_too_long_is_refused_once_and_the_next_is_heard(house: House, cut: int) -> None:
    line = b"NOOP " + b"x" * 20000 + b"\r\n"
    answers = house.talk(line[:cut], line[cut:] + b"NOOP\r\n")
    assert answers == [b"500 5.5.2 Line longer than 12288 octets", b"250 2.0.0 OK"]


def test_what_is_pipelined_behind_starttls_is_never_heard(house: House) -> None:
    answers = house.talk(HELLO + b"STARTTLS\r\nNOOP\r\nMAIL FROM:<evil@example.net>\r\nRCP", b"NOOP\r\n")
    assert answers[-2:] == [b"220 2.0.0 Ready to start TLS", b"250 2.0.0 OK"]


def test_who_was_logged_in_before_tls_is_nobody_behind_it(house: House) -> None:
    answers = house.talk(
        HELLO + LOG_IN + b"STARTTLS\r\n",
        HELLO + b"MAIL FROM:<alice@example.org>\r\n",
        service="submission",
        plaintext_without_tls=True,
    )
    assert answers[-1] == b"530 5.7.0 Authentication is required"


def test_a_woken_session_goes_on_reading(house: House) -> None:
    peer = ScriptedPeer([HELLO + ENVELOPE + b"DATA\r\n", b".\r\n"])
    peer.wake()
    with pytest.raises(Gone):
        asyncio.run(house.session(peer).run())
    assert len(house.intake.accepted) == 1


def test_a_text_bears_being_woken(house: House) -> None:
    class Restless(ScriptedPeer):
        reads = 0

        async def read(self) -> bytes:
            self.reads += 1
            return b"" if self.reads % 2 else await super().read()

    behind = b"\n" + ENVELOPE + b"BDAT 2 LAST\r\n"
    peer = Restless([HELLO + ENVELOPE + b"DATA\r\n", b"a", b"b\r\n.\r", behind, b"c", b"d"])
    with pytest.raises(Gone):
        asyncio.run(house.session(peer).run())
    assert [accepted.content for accepted in house.intake.accepted] == [b"ab\r\n", b"cd"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("timeout", b"421 4.4.2 mail.example.org waited too long\r\n"),
        ("shutdown", b"421 4.3.2 mail.example.org shuts down, try again soon\r\n"),
        ("fault", b"421 4.3.0 mail.example.org has a fault, try again later\r\n"),
    ],
)
def test_a_session_that_is_ended_from_outside_says_why(house: House, reason: str, words: bytes) -> None:
    assert house.session(ScriptedPeer()).farewell(reason) == words


def test_an_address_that_no_folder_can_be_made_for_is_refused_as_an_address(house: House) -> None:
    with patch.object(house.intake, "recipient", side_effect=CannotDo("The address is too long")):
        answers = house.talk(HELLO + ENVELOPE)
    assert answers[-1] == b"553 5.1.3 The address is too long"
