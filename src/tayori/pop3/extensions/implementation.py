"""IMPLEMENTATION: who is speaking. RFC 2449 section 6.9."""

from tayori.pop3.session import Extension

EXTENSION = Extension("2449", lambda session: b"IMPLEMENTATION Tayori")
