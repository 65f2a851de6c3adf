"""RESP-CODES: a refusal may begin with a code in brackets. RFC 2449 section 6.4."""

from tayori.pop3.session import Extension

EXTENSION = Extension("2449", lambda session: b"RESP-CODES")
