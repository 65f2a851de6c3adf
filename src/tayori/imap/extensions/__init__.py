"""What CAPABILITY lists beside IMAP4rev1, an extension a file; each defines EXTENSION."""
