"""URL-PARTIAL: ";PARTIAL=" in the URLs that CATENATE takes. RFC 5550 section 5.7.1."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="5550", capability=b"URL-PARTIAL", needs=(b"CATENATE",))
