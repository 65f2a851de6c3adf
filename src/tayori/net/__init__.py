"""Sockets, TLS, processes: the one package that opens a listening or an SMTP socket."""
