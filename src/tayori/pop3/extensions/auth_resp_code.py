"""AUTH-RESP-CODE: [AUTH] says that the name or its proof was wrong, not the server. RFC 3206."""

from tayori.pop3.session import Extension

EXTENSION = Extension("3206", lambda session: b"AUTH-RESP-CODE")
