"""BINARYMIME: content with any octets and lines of any length, by BDAT. RFC 3030 section 3; BODY is 8BITMIME's."""

from tayori.smtp.session import Extension

EXTENSION = Extension("3030", lambda session: b"BINARYMIME")
