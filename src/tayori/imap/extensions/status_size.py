"""STATUS=SIZE: how many octets a mailbox holds. RFC 8438."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="8438",
    capability=b"STATUS=SIZE",
    status={b"SIZE": lambda status, _: b"SIZE %d" % status.size},
)
