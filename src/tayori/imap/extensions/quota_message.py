"""QUOTA=RES-MESSAGE: how many messages there may be. RFC 9208 section 5.2."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="9208",
    capability=b"QUOTA=RES-MESSAGE",
    needs=(b"QUOTA",),
    status={b"DELETED": lambda status, _: b"DELETED %d" % status.deleted},
)
