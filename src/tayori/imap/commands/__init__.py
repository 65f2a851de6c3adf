"""The commands of IMAP4rev1, a verb or a tight family a file; each defines VERBS. RFC 3501 section 6."""
