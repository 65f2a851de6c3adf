"""POP3: a whole mailbox, message by message."""

from bench import corpus
from bench.figures import Figure
from bench.load.client import Pop3Client
from bench.rows.row import BOX_ACCOUNT, Leg, Row


def retrieval(leg: Leg) -> Figure:
    """One connection retrieves each of 10,000 messages with RETR, the next when the last has come, after the
    first 100 to warm up; the octets are counted.
    """
    leg.fill_box()
    wanted = sum(len(corpus.dot_stuffed(content)) for content in corpus.messages(leg.scale.mailbox))
    with Pop3Client(leg.system.addresses["pop3"], BOX_ACCOUNT) as client:
        for number in range(1, 101):
            client.retrieve(number)
        with leg.meter() as meter:
            octets = sum(map(client.retrieve, range(1, leg.scale.mailbox + 1)))
        client.socket.sendall(b"QUIT\r\n")
        client.line()
    assert octets > wanted, f"{octets} octets came instead of {wanted} and a status line each"
    return meter.rate(leg.scale.mailbox)


ROWS = [Row("pop3", "POP3 RETR of 10,000", "/s", retrieval, 1)]
