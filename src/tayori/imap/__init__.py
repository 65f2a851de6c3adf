"""IMAP4rev1 and its extensions, the server's side, without a socket. RFC 3501."""
