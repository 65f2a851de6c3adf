"""SPECIAL-USE: LIST says which mailbox is for what. RFC 6154."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="6154", capability=b"SPECIAL-USE")
