"""PIPELINING: commands may come before the answers to those before them. RFC 2449 section 6.6."""

from tayori.pop3.session import Extension

EXTENSION = Extension("2449", lambda session: b"PIPELINING")
