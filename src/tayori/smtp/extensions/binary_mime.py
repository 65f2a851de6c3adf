"""BINARYMIME: messages that are not made of lines, by BDAT alone. RFC 3030 section 3; BODY is eight_bit_mime's."""

from tayori.smtp.session import Extension

EXTENSION = Extension("3030", lambda session: b"BINARYMIME")
