"""The rows of the table, in its order; a module for each kind of work.

Rows that wait for what they measure: the queue to an SMTP sink, the in-process test server, IMAP on 100,000 messages.
"""

from bench.rows import append, bulk, delivery, idle, login, noop, pop3, startup

ROWS = [
    *delivery.ROWS,
    *login.ROWS,
    *bulk.ROWS,
    *append.ROWS,
    *noop.ROWS,
    *idle.ROWS,
    *pop3.ROWS,
    *startup.ROWS,
]
