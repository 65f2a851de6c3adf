"""What no talk can show: limits, slow peers, faults, and what happens to the mail."""

import asyncio
from unittest.mock import patch

import pytest

from aids.peer import ScriptedPeer
from aids.postbox import ALICE, LOGIN, Postbox
from tayori.errors import Expunged, Gone, InUse, TryLater
from tayori.model import Ranges
from tayori.pop3 import engine, maildrop
from tayori.sasl import plain, scram_plus
from tayori.sasl.mechanism import Mechanism


def subjects(postbox: Postbox) -> list[bytes]:
    return [message.raw.partition(b"\r\n")[0].removeprefix(b"Subject: ") for message in postbox.inbox.messages.values()]


def test_quit_removes_what_was_deleted() -> None:
    postbox = Postbox()
    postbox.talk(LOGIN, b"DELE 1\r\nDELE 3\r\nQUIT\r\n")
    assert subjects(postbox) == [b"two"]


def test_without_quit_nothing_is_removed() -> None:
    postbox = Postbox()
    postbox.talk(LOGIN, b"DELE 1\r\nDELE 2\r\n")
    assert subjects(postbox) == [b"one", b"two", b"three"]


def test_what_was_reset_stays() -> None:
    postbox = Postbox()
    postbox.talk(LOGIN, b"DELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\n")
    assert subjects(postbox) == [b"one", b"three"]


def test_a_message_that_arrived_meanwhile_is_not_removed() -> None:
    postbox = Postbox()

    async def run() -> None:
        peer = ScriptedPeer([LOGIN, b"DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n"])
        session = postbox.session(peer)
        await session.enter(await postbox.directory.log_in(ALICE, "wonder land", session.origin))
        await postbox.arrive("four")
        await session.run()

    asyncio.run(run())
    assert subjects(postbox) == [b"four"]


def test_any_number_of_messages_may_have_gone_without_the_session_ending() -> None:
    postbox = Postbox()

    async def run() -> bytes:
        peer = ScriptedPeer([b"RETR 1\r\nRETR 2\r\nRETR 1\r\nRETR 3\r\nNOOP\r\n"])
        session = postbox.session(peer, errors=2)
        await session.enter(await postbox.directory.log_in(ALICE, "wonder land", session.origin))
        for uid in "123":
            await postbox.expunge(uid)
        with pytest.raises(Gone):
            await session.run()
        return bytes(peer.sent)

    assert asyncio.run(run()).endswith(b"-ERR That message is gone\r\n+OK\r\n")


@pytest.mark.parametrize(("fault", "code"), [(InUse("Held"), b"IN-USE"), (TryLater("Full"), b"SYS/TEMP")])
def test_quit_says_when_nothing_could_be_removed_and_ends(fault: Exception, code: bytes) -> None:
    postbox = Postbox()

    async def remove(ranges: Ranges) -> list[int]:
        raise fault

    with patch.object(postbox.inbox, "remove", remove):
        heard = postbox.talk(LOGIN, b"DELE 1\r\nQUIT\r\n", b"NOOP\r\n")
    assert heard.splitlines()[-1].startswith(b"-ERR [%b]" % code)


def test_a_log_in_whose_mail_cannot_be_had_may_be_tried_again() -> None:
    postbox = Postbox()
    postbox.directory.fault = TryLater("Too busy")
    peer = ScriptedPeer([LOGIN])
    session = postbox.session(peer)
    with pytest.raises(Gone):
        asyncio.run(session.run())
    assert bytes(peer.sent).endswith(b"-ERR [SYS/TEMP] Too busy\r\n")
    assert session.account is None


def test_faults_of_ours_do_not_count_as_errors() -> None:
    postbox = Postbox()
    postbox.directory.fault = TryLater("Too busy")
    heard = postbox.talk(LOGIN * 5, b"QUIT\r\n", errors=3)
    assert heard.endswith(b"+OK Good bye\r\n")


def test_too_many_errors_end_the_session() -> None:
    heard = Postbox().talk(b"X\r\n" * 10, errors=3).splitlines()
    assert heard == [b"-ERR No such command"] * 3 + [b"-ERR Too many errors"]


def test_a_mailbox_that_is_gone_is_told() -> None:
    postbox = Postbox()
    postbox.inbox.gone = True
    assert postbox.talk(LOGIN).splitlines()[-1].startswith(b"-ERR ")


def test_a_message_that_goes_while_the_list_is_made_is_left_out() -> None:
    postbox = Postbox()

    async def run() -> maildrop.Maildrop:
        peer = ScriptedPeer()
        with patch.object(maildrop, "ROWS", 1), patch.object(peer, "room", lambda: postbox.expunge("2")):
            return await maildrop.opened(postbox.accounts, ALICE, peer)

    assert list(asyncio.run(run()).uids) == [1, 3]


def test_a_large_message_waits_for_a_slow_peer() -> None:
    text = b"Subject: large\r\n\r\n" + b"0123456789abcde\r\n" * 20_000
    postbox = Postbox([text])
    peer = ScriptedPeer([LOGIN, b"RETR 1\r\nTOP 1 100000\r\nQUIT\r\n"])
    asyncio.run(postbox.session(peer).run())
    assert bytes(peer.sent).count(text) == 2
    assert max(map(len, peer.flushed)) < 3 * engine.SLICE


def test_many_answers_to_one_read_wait_for_a_slow_peer() -> None:
    postbox = Postbox([b"Subject: middling\r\n\r\n" + b"0123456789abcde\r\n" * 2000])
    peer = ScriptedPeer([LOGIN, b"RETR 1\r\n" * 100 + b"QUIT\r\n"])
    asyncio.run(postbox.session(peer).run())
    assert max(map(len, peer.flushed)) < 3 * engine.SLICE


def test_pipelined_commands_are_answered_together() -> None:
    peer = ScriptedPeer([LOGIN, b"STAT\r\nLIST\r\nRETR 1\r\nQUIT\r\n"])
    session = Postbox().session(peer)
    asyncio.run(session.run())
    peer.flush()
    assert len(peer.flushed) == 3


def test_a_long_list_comes_in_slices() -> None:
    postbox = Postbox([b"S: a\r\n\r\n"] * 50)
    with patch.object(engine, "LINES", 7):
        heard = postbox.talk(LOGIN, b"LIST\r\nQUIT\r\n")
    assert [line for line in heard.splitlines() if line.endswith(b" 8")] == [
        b"%d 8" % number for number in range(1, 51)
    ]


def test_what_came_behind_stls_in_the_clear_is_never_heard() -> None:
    heard = Postbox().talk(b"STLS\r\nUSER alice@example.org\r\nPASS wonder land\r\n", b"STAT\r\n")
    assert heard.splitlines()[1:] == [b"-ERR Log in first"]


@pytest.mark.parametrize(
    ("mechanism", "secure", "without_tls", "offered"),
    [
        (plain.MECHANISM, True, False, True),
        (plain.MECHANISM, False, False, False),
        (plain.MECHANISM, False, True, True),
        (scram_plus.MECHANISM, True, False, True),
        (scram_plus.MECHANISM, False, True, False),
    ],
)
def test_mechanisms_are_offered_where_they_are_safe(
    mechanism: Mechanism, secure: bool, without_tls: bool, offered: bool
) -> None:
    session = Postbox().session(ScriptedPeer(secure=secure), plaintext_without_tls=without_tls)
    session.mechanisms = {mechanism.name: mechanism}
    assert (mechanism.name in session.offered()) is offered


def test_silence_is_borne_for_ten_minutes() -> None:
    assert Postbox().session(ScriptedPeer()).timeout == 600.0


def test_the_farewell_is_the_replys() -> None:
    assert Postbox().session(ScriptedPeer()).farewell("shutdown").startswith(b"-ERR [SYS/TEMP]")


def test_messages_in_any_order_are_each_its_own() -> None:
    said = Postbox().talk(LOGIN, b"RETR 1\r\nRETR 2\r\nRETR 1\r\nRETR 2\r\nRETR 3\r\nRETR 2\r\n")
    subjects = [line[9:] for line in said.split(b"\r\n") if line.startswith(b"Subject: ")]
    assert subjects == [b"one", b"two", b"one", b"two", b"three", b"two"]


def test_a_message_gone_in_the_middle_is_refused_and_the_next_is_read() -> None:
    async def run() -> list[bytes]:
        postbox = Postbox()
        drop = await maildrop.opened(postbox.accounts, ALICE, ScriptedPeer())
        await postbox.expunge("2")
        read = [(await drop.content(1)).raw[:12]]
        with pytest.raises(Expunged):
            await drop.content(2)
        return [*read, (await drop.content(3)).raw[:14]]

    assert asyncio.run(run()) == [b"Subject: one", b"Subject: three"]
