"""QUOTA=RES-STORAGE: how large all mail may be. RFC 9208 section 5.1."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="9208",
    capability=b"QUOTA=RES-STORAGE",
    needs=(b"QUOTA",),
    status={b"DELETED-STORAGE": lambda status, _: b"DELETED-STORAGE %d" % status.deleted_size},
)
