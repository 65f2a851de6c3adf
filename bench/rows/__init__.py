"""The rows of the table, in its order; a module for each kind of work.

Rows that wait for what they measure: the queue to an SMTP sink, the in-process test server.
"""

from bench.rows import append, bulk, clients, delivery, idle, login, noop, pop3, startup

ROWS = [
    *delivery.ROWS,
    *login.ROWS,
    *bulk.ROWS,
    *clients.ROWS,
    *append.ROWS,
    *noop.ROWS,
    *idle.ROWS,
    *pop3.ROWS,
    *startup.ROWS,
]
