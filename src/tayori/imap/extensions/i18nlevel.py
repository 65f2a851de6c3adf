"""I18NLEVEL=1: SEARCH compares by i;unicode-casemap. RFC 5255 section 4.2."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="5255", capability=b"I18NLEVEL=1")
