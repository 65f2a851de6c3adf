"""LITERAL+: the engine takes literals that do not wait to be asked for. RFC 7888."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="7888", capability=b"LITERAL+")
