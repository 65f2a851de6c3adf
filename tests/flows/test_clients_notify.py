"""NOTIFY over all workers: deliveries and renames are told to who watches, with hints between processes and without."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from imapclient import IMAPClient

from aids.office import HOST, Office, running
from aids.reader import read_response
from aids.server import PASSWORD, PATIENCE

LETTER = b"From: a@example.net\r\nSubject: news\r\nMessage-ID: <1@example.net>\r\n\r\nA letter.\r\n"
SESSIONS = 6  # so many that each of the workers has one
SOON = 5.0  # seconds; a hint takes milliseconds, looking without one a second
WATCH = "NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge)) (PERSONAL (MessageNew MessageExpunge MailboxName))"


@pytest.fixture(scope="module", params=["hints", "no hints"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server whose processes tell each other of changes, and one whose processes do not."""
    dropped = str(int(request.param == "no hints"))
    with running(Office(tmp_path_factory.mktemp("office")), TAYORI_TEST_DROP_HINTS=dropped) as server:
        yield server


class Watcher:
    """A session that has said NOTIFY, and now only listens."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._told = connection.makefile("rb")

    def command(self, text: str) -> None:
        self._connection.sendall(f"c {text}\r\n".encode())
        while not (response := read_response(self._told)).startswith(b"c "):
            pass
        assert response.startswith(b"c OK"), response

    def hears(self, response: bytes) -> bool:
        """Whether that comes, unasked, soon."""
        self._connection.settimeout(SOON)
        return any(told.startswith(response) for told in iter(lambda: read_response(self._told), b""))


@contextmanager
def watching(office: Office, account: str) -> Iterator[Watcher]:
    """Selects Trash, watches all."""
    with (
        socket.create_connection((HOST, office.port("imaps")), timeout=PATIENCE) as plain,
        office.trust.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        watcher = Watcher(connection)
        for command in (f'LOGIN {account} "{PASSWORD}"', "SELECT Trash", WATCH):
            watcher.command(command)
        yield watcher


@contextmanager
def another(office: Office, account: str) -> Iterator[IMAPClient]:
    with IMAPClient(HOST, office.port("imaps"), ssl_context=office.trust, timeout=PATIENCE) as client:
        client.login(account, PASSWORD)
        yield client


def test_a_delivery_is_told_to_all_who_watch(office: Office, account: str) -> None:
    with ExitStack() as stack:
        watchers = [stack.enter_context(watching(office, account)) for _ in range(SESSIONS)]
        office.submit(LETTER, account)
        assert all(watcher.hears(b'* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2') for watcher in watchers)


def test_what_comes_into_the_selected_mailbox_is_fetched_for_who_watches(office: Office, account: str) -> None:
    with watching(office, account) as watcher, another(office, account) as other:
        other.append("Trash", LETTER)
        assert watcher.hears(b"* 1 FETCH (UID 1)")
        other.select_folder("Trash")
        other.delete_messages([1])
        other.expunge()
        assert watcher.hears(b"* 1 EXPUNGE")


def test_a_renamed_tree_is_told_to_all_who_watch(office: Office, account: str) -> None:
    with ExitStack() as stack:
        other = stack.enter_context(another(office, account))
        other.create_folder("Work/Plans")
        watchers = [stack.enter_context(watching(office, account)) for _ in range(SESSIONS)]
        other.rename_folder("Work", "Play")
        told = b'* LIST (\\HasChildren) "/" "Play" ("OLDNAME" ("Work"))'
        assert all(watcher.hears(told) for watcher in watchers)
        other.delete_folder("Play/Plans")
        assert all(watcher.hears(b'* LIST (\\NonExistent \\HasNoChildren) "/" "Play/Plans"') for watcher in watchers)
