"""NOOP: what a command costs when the server has nothing to do, and when others keep it busy."""

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from bench.figures import Figure
from bench.load.client import ImapClient
from bench.load.replies import Refused
from bench.rows.bulk import BODY, ENVELOPE, FIELDS
from bench.rows.row import Leg, Row

PAUSE = 0.002  # seconds between two NOOPs of the fairness row: a client that is there, not one that floods
HEAVY = [ENVELOPE, BODY, FIELDS, b'SEARCH TEXT "zanzibar"']
HEAVY_CLIENTS = 4
forked = multiprocessing.get_context("fork")


def _latencies(client: ImapClient, count: int, pause: float = 0.0) -> list[float]:
    """Milliseconds of each of `count` NOOPs."""
    times, clock, connection = [], time.perf_counter, client.socket
    for _ in range(count):
        begin = clock()
        connection.send(b"A NOOP\r\n")
        said = connection.recv(4096)
        while not said.endswith(b"\r\n"):  # a line may come in two TLS records
            said += connection.recv(4096)
        times.append((clock() - begin) * 1000)
        if not said.startswith(b"A OK"):
            raise Refused(f"wanted OK, got {said[:300]!r}")
        if pause:
            time.sleep(pause)
    return times


def _alone(leg: Leg, secure: bool) -> Figure:
    with leg.imap(leg.accounts(1)[0], secure) as client:
        client.ask(b"SELECT INBOX")
        _latencies(client, leg.scale.samples // 10)
        with leg.meter() as meter:
            times = _latencies(client, leg.scale.samples)
    return Figure(statistics.median(times), len(times), meter.server_cpu, meter.load_cpu)


def plain(leg: Leg) -> Figure:
    """One connection with an open mailbox sends 3,000 NOOPs, one at a time; the median."""
    return _alone(leg, secure=False)


def tls(leg: Leg) -> Figure:
    """The same over TLS."""
    return _alone(leg, secure=True)


def _heavy(leg: Leg, first: int, completed: "Synchronized[int]", over: Event) -> None:
    """Whole-mailbox commands in turn until it is over; each client begins with another."""
    with leg.imap() as client:
        client.ask(b"SELECT INBOX")
        while not over.is_set():
            client.ask(HEAVY[first % len(HEAVY)])
            with completed:
                completed.value += 1
            first += 1


@contextmanager
def _busy(leg: Leg) -> Iterator["Synchronized[int]"]:
    """HEAVY_CLIENTS processes keep the server busy; gives how many commands they have completed.

    Raises Refused: one of them did not get what it asked for.
    """
    over, completed = forked.Event(), forked.Value("i", 0)
    leg.fill_box()
    clients = [forked.Process(target=_heavy, args=(leg, place, completed, over)) for place in range(HEAVY_CLIENTS)]
    for client in clients:
        client.start()
    try:
        while completed.value < 1 and all(client.is_alive() for client in clients):
            time.sleep(0.01)
        yield completed
    finally:
        over.set()
        for client in clients:
            client.join()
    if any(client.exitcode for client in clients):
        raise Refused("a client with heavy commands failed")


def among_others(leg: Leg) -> Figure:
    """4 clients, a process each, send FETCH ENVELOPE, FETCH BODY.PEEK[], FETCH HEADER.FIELDS and SEARCH TEXT
    over 10,000 messages without pause; on another account a NOOP goes out every 2 ms; its 99th percentile, with
    the heavy commands done a second beside.
    """
    with leg.imap(leg.accounts(1)[0]) as client, _busy(leg) as completed:
        client.ask(b"SELECT INBOX")
        with leg.meter() as meter:
            before = completed.value
            times = _latencies(client, leg.scale.samples, PAUSE)
            heavy = (completed.value - before) / (time.monotonic() + meter.wall)
    beside = {"p50_ms": statistics.median(times), "heavy_per_s": heavy}
    return Figure(statistics.quantiles(times, n=100)[98], len(times), meter.server_cpu, meter.load_cpu, beside)


ROWS = [
    Row("noop", "NOOP, p50", "ms", plain, 1),
    Row("noop-tls", "NOOP over TLS, p50", "ms", tls, 1),
    Row("noop-among-others", "NOOP while 4 others run heavy commands, p99", "ms", among_others, 1),
]
