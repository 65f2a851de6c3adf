"""Tayori, a complete mail server: SMTP, IMAP and POP3 over ordinary Maildir files."""

__version__ = "0.1.0"
