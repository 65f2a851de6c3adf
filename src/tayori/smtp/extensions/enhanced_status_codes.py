"""ENHANCEDSTATUSCODES: reply.py gives them to everyone. RFC 2034."""

from tayori.smtp.session import Extension

EXTENSION = Extension("2034", lambda session: b"ENHANCEDSTATUSCODES")
