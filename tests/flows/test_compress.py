"""COMPRESS=DEFLATE with a real server: a client that has zlib on its side of the socket."""

import imaplib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aids.office import HOST, Office
from aids.server import PASSWORD, PATIENCE

imaplib.Commands.setdefault("COMPRESS", ("AUTH", "SELECTED"))

LETTER = b"From: a@example.net\r\nSubject: minutes\r\n\r\n" + b"The same line again and again.\r\n" * 3000


class Squeezed(imaplib.IMAP4):
    """imaplib, whose octets go through zlib once COMPRESS was answered."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.octets = 0  # that came
        self._deflate: Any = None
        self._plain = b""
        super().__init__(*arguments, **named)

    def compress(self) -> None:
        assert self._simple_command("COMPRESS", "DEFLATE")[0] == "OK"
        self._deflate, self._inflate = zlib.compressobj(wbits=-15), zlib.decompressobj(-15)

    def send(self, data: Any) -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        super().send(data)

    def read(self, size: int) -> bytes:
        if self._deflate is None:
            return super().read(size)
        return self._until(lambda: len(self._plain) >= size, lambda: size)

    def readline(self) -> bytes:
        if self._deflate is None:
            return super().readline()
        return self._until(lambda: b"\n" in self._plain, lambda: self._plain.index(b"\n") + 1)

    def _until(self, enough: Any, size: Any) -> bytes:
        while not enough():
            came = self.sock.recv(65536)
            assert came
            self.octets += len(came)
            self._plain += self._inflate.decompress(came)
        end = size()
        taken, self._plain = self._plain[:end], self._plain[end:]
        return taken


class SqueezedTls(Squeezed, imaplib.IMAP4_SSL):
    pass


@contextmanager
def squeezed(office: Office, account: str, service: str) -> Iterator[Squeezed]:
    if service == "imaps":
        client: Squeezed = SqueezedTls(HOST, office.port(service), ssl_context=office.trust, timeout=PATIENCE)
    else:
        client = Squeezed(HOST, office.port(service), timeout=PATIENCE)
        client.starttls(office.trust)
    with client:
        client.login(account, PASSWORD)
        assert "COMPRESS=DEFLATE" in client.capability()[1][0].decode()
        client.compress()
        yield client


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_mail_comes_back_as_it_was_and_in_few_octets(office: Office, account: str, service: str) -> None:
    with squeezed(office, account, service) as client:
        assert client.append("INBOX", "", "", LETTER)[0] == "OK"
        client.select("INBOX")
        assert client.fetch("1", "(BODY.PEEK[])")[1][0][1] == LETTER  # type: ignore[index]
        assert client.octets < len(LETTER) / 10


def test_it_is_neither_offered_nor_had_twice(office: Office, account: str) -> None:
    with squeezed(office, account, "imaps") as client:
        assert "COMPRESS" not in client.capability()[1][0].decode()
        kind, said = client._simple_command("COMPRESS", "DEFLATE")
        assert (kind, said[0][:19]) == ("NO", b"[COMPRESSIONACTIVE]")


def test_who_waits_in_idle_hears_through_it(office: Office, account: str) -> None:
    with squeezed(office, account, "imaps") as client:
        client.select("INBOX")
        client.send(b"i IDLE\r\n")
        assert client.readline().startswith(b"+ ")
        office.submit(LETTER, account)
        assert client.readline() == b"* 1 EXISTS\r\n"
        client.send(b"DONE\r\n")
        assert b"RECENT" in client.readline()
        assert client.readline().startswith(b"i OK ")
