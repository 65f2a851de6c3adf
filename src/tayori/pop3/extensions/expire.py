"""EXPIRE: messages stay until they are deleted. RFC 2449 section 6.7."""

from tayori.pop3.session import Extension

EXTENSION = Extension("2449", lambda session: b"EXPIRE NEVER")
