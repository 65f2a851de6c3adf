"""The servers that are measured, each in a directory of its own, started with the same certificate and accounts."""
