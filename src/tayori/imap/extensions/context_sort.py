"""CONTEXT=SORT: what CONTEXT=SEARCH does for SEARCH, with places in SORT's order. RFC 5267 section 4."""

from tayori.imap.offer import Extension, after_login

EXTENSION = Extension(rfc="5267", capability=b"CONTEXT=SORT", shown=after_login, needs=(b"ESORT", b"CONTEXT=SEARCH"))
