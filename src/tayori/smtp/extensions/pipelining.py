"""PIPELINING: many commands in one packet. RFC 2920; the session reads so anyway."""

from tayori.smtp.session import Extension

EXTENSION = Extension("2920", lambda session: b"PIPELINING")
