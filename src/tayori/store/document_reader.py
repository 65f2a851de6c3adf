"""The process that reads documents: `python -m tayori.store.document_reader`. It is told what to read on its input.

Law: what it is given may be hostile. It may use MEMORY and no more, write no file, and is killed by whoever
started it when it takes too long. A request is a length in 4 octets, a kind's letter and the document; the answer a
length and UTF-8, empty where nothing could be read.
"""

import io
import logging
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

MEMORY = 2**30  # octets of address space; the libraries alone map a quarter of it
MAX_TEXT = 4 * 2**20  # characters that one document gives
PAGES = 2_000  # of a PDF

_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _pdf(document: BinaryIO) -> Iterator[str]:
    from pypdf import PdfReader

    for page in PdfReader(document).pages[:PAGES]:
        yield page.extract_text()


def _docx(document: BinaryIO) -> Iterator[str]:
    """Paragraph by paragraph, wherever they stand: in tables, boxes, headings."""
    from docx import Document

    for paragraph in Document(document).element.body.iter(f"{_WORDS}p"):
        yield "".join(str(run.text or "") for run in paragraph.iter(f"{_WORDS}t"))


def _xlsx(document: BinaryIO) -> Iterator[str]:
    from openpyxl import load_workbook

    book = load_workbook(document, read_only=True, data_only=True)
    for sheet in book.worksheets:
        yield sheet.title
        for row in sheet.iter_rows(values_only=True):
            yield " ".join(str(cell) for cell in row if cell is not None)


def _odt(document: io.BytesIO) -> Iterator[str]:
    from odfdo import Document

    yield Document(document).get_formatted_text()


READERS: dict[bytes, Callable[[io.BytesIO], Iterator[str]]] = {b"p": _pdf, b"d": _docx, b"x": _xlsx, b"o": _odt}


def text(kind: bytes, document: bytes) -> str:
    """What the document says, as far as it can be read: a damaged one gives what came before the damage."""
    pieces: list[str] = []
    room = MAX_TEXT
    try:
        for piece in READERS[kind](io.BytesIO(document)):
            pieces.append(piece[:room])
            room -= len(pieces[-1])
            if not room:
                break
    except Exception as fault:  # noqa: BLE001  # the libraries raise whatever they like on what is no document
        logging.getLogger("tayori.store").debug("event=document-unreadable kind=%r cause=%r", kind, fault)
    return "\n".join(pieces)[:MAX_TEXT]


def _confine() -> None:
    """Less memory, no files, and behind all others."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)


def _requests(asked: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while len(head := asked.read(5)) == 5:
        yield head[4:], asked.read(int.from_bytes(head[:4], "big"))


def main() -> None:
    """Answer until the input ends."""
    _confine()
    logging.disable(logging.ERROR)  # pypdf speaks of every oddity
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing but answers goes there
    for kind, document in _requests(sys.stdin.buffer):
        said = text(kind, document).encode("utf-8", "replace")
        answers.write(len(said).to_bytes(4, "big") + said)
        answers.flush()


if __name__ == "__main__":
    main()
