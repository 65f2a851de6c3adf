"""SASL-IR: AUTHENTICATE takes the initial response with the mechanism's name. RFC 4959."""

from tayori.imap.offer import Extension, before_login

EXTENSION = Extension(rfc="4959", capability=b"SASL-IR", shown=before_login)
