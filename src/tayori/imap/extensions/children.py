"""CHILDREN: LIST says \\HasChildren or \\HasNoChildren of each mailbox. RFC 3348."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="3348", capability=b"CHILDREN")
