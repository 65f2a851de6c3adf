"""Many IMAP sessions over all workers: what each is told makes its view equal the mailbox. RFC 9051 section 5.5."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from random import Random

import pytest

from aids.office import HOST, Office
from aids.reader import NUMBERS_IN_USE, Belief, Seen, read_response
from aids.server import PASSWORD, PATIENCE

SESSIONS = 6  # so many that each of the workers has one
COMMANDS = 400
LETTER = b"From: a@example.net\r\nSubject: news\r\n\r\nA letter.\r\n"
FLAGS = ("\\Seen", "\\Deleted", "\\Flagged", "$Later")


class Client(Belief):
    """A session over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._answers = connection.makefile("rb")
        read_response(self._answers)

    def command(self, text: str, literal: bytes = b"") -> str:
        self._connection.sendall(
            b"c %b%b\r\n" % (text.encode(), b" {%d+}\r\n%b" % (len(literal), literal) * bool(literal))
        )
        while not (response := read_response(self._answers)).startswith(b"c "):
            assert response.startswith(b"* "), response
            self.apply(response, text.startswith(NUMBERS_IN_USE))
        return response[2:].decode()

    def select(self) -> None:
        self.view = []
        assert self.command("SELECT INBOX").startswith("OK")
        self.command("FETCH 1:* (UID FLAGS)")

    def place(self, random: Random) -> int:
        """A sequence number; 0 where there is none."""
        return random.randint(1, len(self.view)) if self.view else 0


@contextmanager
def client_of(office: Office, account: str) -> Iterator[Client]:
    with (
        socket.create_connection((HOST, office.port("imaps")), timeout=PATIENCE) as plain,
        office.trust.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        client = Client(connection)
        assert client.command(f'LOGIN {account} "{PASSWORD}"').startswith("OK")
        client.select()
        yield client


def _append(client: Client, random: Random) -> None:
    assert client.command("APPEND INBOX", LETTER).startswith("OK")


def _store(client: Client, random: Random) -> None:
    if first := client.place(random):
        last = random.randint(first, len(client.view))
        client.command(f"STORE {first}:{last} {random.choice('+-')}FLAGS ({random.choice(FLAGS)})")


def _uid_store(client: Client, random: Random) -> None:
    first = random.randint(1, 60)
    client.command(f"UID STORE {first}:{first + 5} FLAGS ({' '.join(random.sample(FLAGS, 2))})")


def _copy(client: Client, random: Random) -> None:
    if number := client.place(random):
        client.command(f"COPY {number} INBOX")


def _move(client: Client, random: Random) -> None:
    if number := client.place(random):
        client.command(f"MOVE {number} Trash")


def _plain(text: str) -> Callable[[Client, Random], None]:
    def say(client: Client, random: Random) -> None:
        client.command(text)

    return say


def _select(client: Client, random: Random) -> None:
    client.select()


WORK: list[Callable[[Client, Random], None]] = [
    _append,
    _append,
    _store,
    _store,
    _uid_store,
    _copy,
    _move,
    _select,
    _plain("EXPUNGE"),
    _plain("NOOP"),
    _plain("SEARCH UNDELETED"),
    _plain("FETCH 1:* (FLAGS BODY[TEXT])"),
    _plain("UID FETCH 1:* (UID FLAGS ENVELOPE)"),
]


def true_view(office: Office, account: str) -> list[Seen]:
    with client_of(office, account) as fresh:
        return fresh.view


@pytest.mark.parametrize("seed", [1, 2])
def test_every_session_knows_the_mailbox_after_noop(office: Office, account: str, seed: int) -> None:
    random = Random(seed)
    with ExitStack() as stack:
        clients = [stack.enter_context(client_of(office, account)) for _ in range(SESSIONS)]
        for done in range(1, COMMANDS + 1):
            random.choice(WORK)(random.choice(clients), random)
            if done % 25 == 0:
                truth = true_view(office, account)
                for client in clients:
                    assert client.command("NOOP").startswith("OK")
                    assert [seen.uid or true.uid for seen, true in zip(client.view, truth, strict=True)] == [
                        true.uid for true in truth
                    ]
                    assert [seen.flags or true.flags for seen, true in zip(client.view, truth, strict=True)] == [
                        true.flags for true in truth
                    ]
