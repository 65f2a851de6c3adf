"""ESORT: SORT gives what of its result is asked for, by SEARCH's options in SORT's order. RFC 5267 section 3.1."""

from tayori.imap.offer import Extension, after_login

EXTENSION = Extension(rfc="5267", capability=b"ESORT", shown=after_login, needs=(b"SORT", b"ESEARCH"))
