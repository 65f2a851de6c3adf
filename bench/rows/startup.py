"""How soon a server is there."""

import time

from bench.figures import Figure
from bench.machine.tree import cpu_seconds
from bench.rows.row import Leg, Row
from bench.systems.base import await_greetings


def greetings(leg: Leg) -> Figure:
    """A stopped server with its accounts is started; until SMTP, submissions, IMAP, IMAPS, POP3 and POP3S have
    all greeted, those with implicit TLS after their handshake.
    """
    leg.system.stop()
    began = time.perf_counter()
    used = time.process_time()
    leg.system.start()
    await_greetings(leg.system, leg.certificate.client)
    seconds = time.perf_counter() - began
    return Figure(seconds * 1000, 1, cpu_seconds(leg.system.roots()), time.process_time() - used)


ROWS = [Row("startup", "start to all greetings", "ms", greetings, round(1 / 1.5, 2))]
