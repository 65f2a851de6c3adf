"""The commands of RFC 1939 that every server has, a verb a file."""
