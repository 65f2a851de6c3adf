"""LITERAL-: where LITERAL+ is switched off, literals up to 4096 octets need not wait. RFC 7888 section 5."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="7888", capability=b"LITERAL-", shown=lambda settings, _: "LITERAL+" in settings.without
)  # a server tells one of the two
