"""The text of attached PDF, DOCX, XLSX and ODT files, for SEARCH; read in a process of its own.

Law: bounded in octets, time and memory; a document that cannot be read has no text, and costs nothing else.
Without the extra `documents` installed nothing is read.
"""

import logging
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from time import monotonic
from typing import IO

from tayori.message import encoded_word, transfer
from tayori.message.header import Raw
from tayori.message.structure import Part
from tayori.message.text import parts

MAX_DOCUMENT = 16 * 2**20  # octets
MAX_TOTAL = 32 * 2**20  # octets of one message's documents
SECONDS = 10.0  # that one document may take
CHUNK = 2**16

_log = logging.getLogger("tayori.store")

_OFFICE = b"VND.OPENXMLFORMATS-OFFICEDOCUMENT."
_KINDS = {
    b"PDF": b"p",
    b"X-PDF": b"p",
    _OFFICE + b"WORDPROCESSINGML.DOCUMENT": b"d",
    _OFFICE + b"SPREADSHEETML.SHEET": b"x",
    b"VND.OASIS.OPENDOCUMENT.TEXT": b"o",
}
_ENDINGS = {".pdf": b"p", ".docx": b"d", ".xlsx": b"x", ".odt": b"o"}
_LIBRARIES = {b"p": "pypdf", b"d": "docx", b"x": "openpyxl", b"o": "odfdo"}


class Documents:
    """The reader's process, started when the first document comes and anew after one that it did not survive."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._readable = frozenset(kind for kind, library in _LIBRARIES.items() if find_spec(library))

    def texts(self, raw: Raw, root: Part) -> Iterator[str]:
        """The text of each document in a message; blocks, for at most SECONDS a document."""
        room = MAX_TOTAL
        for part in parts(root):
            kind = kind_of(part)
            octets = part.body_end - part.header_end
            if kind in self._readable and octets <= min(room, MAX_DOCUMENT * 3 // 2):
                room -= octets
                yield self._text(kind, transfer.decode(raw[part.header_end : part.body_end], part.encoding))

    def close(self) -> None:
        """End the process; the next document starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _text(self, kind: bytes, document: bytes) -> str:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            return _asked(process.stdin, process.stdout, kind, document[:MAX_DOCUMENT])
        except (OSError, EOFError) as fault:
            _log.info("event=document-given-up octets=%d cause=%r", len(document), fault)
            self.close()
            return ""

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            command = [sys.executable, "-m", "tayori.store.document_reader"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
            for end in (self._process.stdin, self._process.stdout):
                assert end is not None
                os.set_blocking(end.fileno(), False)
        return self._process


def kind_of(part: Part) -> bytes:
    """The reader's letter for what the part is by its type or its file's name; b"" for no document."""
    if part.media_type != b"APPLICATION":
        return b""
    if part.subtype in _KINDS:
        return _KINDS[part.subtype]
    named = encoded_word.parameters(part.parameters + (part.disposition[1] if part.disposition else ()))
    name = named.get("filename") or named.get("name") or ""
    return _ENDINGS.get(name[name.rfind(".") :].lower(), b"") if "." in name else b""


def _asked(asked: IO[bytes], answers: IO[bytes], kind: bytes, document: bytes) -> str:
    """The answer to a request. Raises TimeoutError, EOFError: the process ended, OSError."""
    deadline = monotonic() + SECONDS
    request = memoryview(len(document).to_bytes(4, "big") + kind + document)
    while request:
        _wait(deadline, [], [asked.fileno()])
        request = request[os.write(asked.fileno(), request[:CHUNK]) :]
    length = int.from_bytes(_exactly(answers, 4, deadline), "big")
    return _exactly(answers, length, deadline).decode("utf-8", "replace")


def _exactly(answers: IO[bytes], count: int, deadline: float) -> bytes:
    got = bytearray()
    while len(got) < count:
        _wait(deadline, [answers.fileno()], [])
        chunk = os.read(answers.fileno(), min(CHUNK, count - len(got)))
        if not chunk:
            raise EOFError("the reader has ended")
        got += chunk
    return bytes(got)


def _wait(deadline: float, reading: list[int], writing: list[int]) -> None:
    if select.select(reading, writing, [], max(0.0, deadline - monotonic())) == ([], [], []):
        raise TimeoutError("the document takes too long")
