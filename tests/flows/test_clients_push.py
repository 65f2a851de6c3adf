"""imapclient and aioimaplib: who waits in IDLE hears what others do, with hints between processes and without."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from aioimaplib import IMAP4_SSL
from imapclient import IMAPClient

from aids.office import HOST, Office, running
from aids.server import PASSWORD, PATIENCE

LETTER = b"From: a@example.net\r\nSubject: news\r\nMessage-ID: <1@example.net>\r\n\r\nA letter.\r\n"
SESSIONS = 6  # so many that each of the workers has one
SOON = 5.0  # seconds; a hint takes milliseconds, looking without one a second


@pytest.fixture(scope="module", params=["hints", "no hints"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server whose processes tell each other of changes, and one whose processes do not."""
    dropped = str(int(request.param == "no hints"))
    with running(Office(tmp_path_factory.mktemp("office")), TAYORI_TEST_DROP_HINTS=dropped) as server:
        yield server


@contextmanager
def opened(office: Office, account: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
    """imapclient, with a selected mailbox."""
    client = IMAPClient(HOST, office.port("imaps"), ssl_context=office.trust, timeout=PATIENCE)
    try:
        client.login(account, PASSWORD)
        client.select_folder(folder)
        yield client
    finally:
        client.shutdown()


def heard(client: IMAPClient, number: int, name: bytes, flag: str = "") -> bool:
    """Whether an idling client is told so."""
    while told := client.idle_check(timeout=SOON):
        if any(response[:2] == (number, name) and flag in str(response) for response in told):
            return True
    return False


def test_imapclient_hears_of_a_delivery(office: Office, account: str) -> None:
    with opened(office, account) as client:
        client.idle()
        office.submit(LETTER, account)
        assert heard(client, 1, b"EXISTS")
        client.idle_done()
        assert client.search(["SUBJECT", "news"]) == [1]


def test_imapclient_hears_of_anothers_flags_and_expunges(office: Office, account: str) -> None:
    office.submit(LETTER, account)
    with opened(office, account) as client, opened(office, account) as other:
        client.idle()
        other.add_flags([1], [b"\\Flagged"])
        assert heard(client, 1, b"FETCH", "Flagged")
        other.delete_messages([1])
        other.expunge()
        assert heard(client, 1, b"EXPUNGE")


def test_every_session_hears_of_anothers_append(office: Office, account: str) -> None:
    clients = [opened(office, account) for _ in range(SESSIONS)]
    sessions = [client.__enter__() for client in clients]
    for session in sessions[1:]:
        session.idle()
    sessions[0].append("INBOX", LETTER)
    assert [heard(session, 1, b"EXISTS") for session in sessions[1:]] == [True] * (SESSIONS - 1)
    for client in clients:
        client.__exit__(None, None, None)


def test_what_is_acknowledged_is_there_for_who_selects(office: Office, account: str) -> None:
    for number in range(1, SESSIONS + 1):
        with opened(office, account) as writer:
            writer.append("INBOX", LETTER)
        with opened(office, account) as reader:
            assert reader.search() == list(range(1, number + 1))


def test_what_is_acknowledged_is_there_for_who_asks(office: Office, account: str) -> None:
    with opened(office, account) as writer:
        for number in range(1, SESSIONS + 1):
            with opened(office, account) as reader:
                writer.append("INBOX", LETTER)
                reader.noop()
                assert reader.search() == list(range(1, number + 1))


@asynccontextmanager
async def waiting(office: Office, account: str) -> AsyncIterator[IMAP4_SSL]:
    """aioimaplib, in IDLE."""
    client = IMAP4_SSL(HOST, office.port("imaps"), timeout=PATIENCE, ssl_context=office.trust)
    await client.wait_hello_from_server()
    await client.login(account, PASSWORD)
    await client.select("INBOX")
    ended = await client.idle_start(timeout=PATIENCE)
    yield client
    client.idle_done()
    await asyncio.wait_for(ended, PATIENCE)
    transport = client.protocol.transport
    await client.logout()
    transport.abort()  # it does not close what it has opened
    for _ in range(3):
        await asyncio.sleep(0)


async def test_aioimaplib_hears_of_a_delivery(office: Office, account: str) -> None:
    async with waiting(office, account) as client:
        await asyncio.to_thread(office.submit, LETTER, account)
        pushed = await asyncio.wait_for(client.wait_server_push(), SOON)
        assert b"1 EXISTS" in pushed
