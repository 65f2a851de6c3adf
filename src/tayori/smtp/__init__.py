"""SMTP and LMTP, both ends. RFC 5321, RFC 2033."""
