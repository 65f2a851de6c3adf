"""Documents' text, read apart."""

import io
from collections.abc import Iterator
from email.message import EmailMessage

import docx
import openpyxl
import pytest
from odfdo import Document, Paragraph

from tayori.message.structure import parse
from tayori.store import document_reader, documents
from tayori.store.documents import Documents, kind_of

WORDS = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def a_docx(*paragraphs: str) -> bytes:
    made = docx.Document()
    for each in paragraphs:
        made.add_paragraph(each)
    made.add_table(1, 1).cell(0, 0).text = "in a table"
    made.save(file := io.BytesIO())
    return file.getvalue()


def an_xlsx(*cells: object) -> bytes:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(list(cells))
    made.save(file := io.BytesIO())
    return file.getvalue()


def an_odt(*paragraphs: str) -> bytes:
    made = Document("text")
    made.body.clear()
    for each in paragraphs:
        made.body.append(Paragraph(each))
    made.save(file := io.BytesIO())
    return file.getvalue()


def a_pdf(words: str) -> bytes:
    content = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for pair in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % pair
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + table + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)


DOCUMENTS = {
    ("application/pdf", "a.pdf"): a_pdf("the zanzibar contract"),
    (WORDS, "a.docx"): a_docx("the zanzibar", "contract"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "a.xlsx"): an_xlsx("zanzibar", 42),
    ("application/vnd.oasis.opendocument.text", "a.odt"): an_odt("zanzibar", "東京"),
    ("application/octet-stream", "A.PDF"): a_pdf("zanzibar"),
}


@pytest.fixture
def reader() -> Iterator[Documents]:
    made = Documents()
    yield made
    made.close()


def attached(media_type: str, name: str, content: bytes) -> bytes:
    message = EmailMessage()
    message.set_content("see the file")
    main, _, sub = media_type.partition("/")
    message.add_attachment(content, main, sub, filename=name)
    return message.as_bytes()


def read(reader: Documents, raw: bytes) -> list[str]:
    return list(reader.texts(raw, parse(raw, True)))


@pytest.mark.parametrize("about", DOCUMENTS, ids=lambda about: about[1])
def test_a_documents_words_are_read(reader: Documents, about: tuple[str, str]) -> None:
    (text,) = read(reader, attached(*about, DOCUMENTS[about]))
    assert "zanzibar" in text


def test_a_tables_words_are_read_too() -> None:
    assert document_reader.text(b"d", a_docx("one", "two")).split("\n") == ["one", "two", "in a table"]


def test_what_is_no_document_is_not_looked_at(reader: Documents) -> None:
    assert read(reader, attached("application/zip", "a.zip", a_docx("x"))) == []


@pytest.mark.parametrize("kind", document_reader.READERS)
def test_a_damaged_document_has_no_text_and_the_next_is_read(kind: bytes) -> None:
    assert document_reader.text(kind, b"PK\3\4 no document") == ""


def test_a_process_that_died_is_replaced(reader: Documents) -> None:
    raw = attached(WORDS, "a.docx", a_docx("first"))
    read(reader, raw)
    assert reader._process is not None
    reader._process.kill()
    reader._process.wait()
    assert read(reader, raw) == [""]
    assert "first" in read(reader, raw)[0]


def test_a_document_that_takes_too_long_is_given_up(reader: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "SECONDS", 0.0)
    assert read(reader, attached(WORDS, "a.docx", a_docx("late"))) == [""]


def test_a_document_that_unpacks_to_more_than_the_memory_has_no_text(reader: Documents) -> None:
    bomb = an_xlsx(*["a" * 32_000] * 4_000)
    assert len(bomb) < documents.MAX_DOCUMENT
    (text,) = read(reader, attached("application/octet-stream", "bomb.xlsx", bomb))
    assert len(text) <= document_reader.MAX_TEXT


def test_the_text_of_a_document_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_reader, "MAX_TEXT", 5)
    assert document_reader.text(b"d", a_docx("abc", "defg")) == "abc\nd"


def test_without_the_libraries_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "find_spec", lambda _: None)
    assert read(Documents(), attached(WORDS, "a.docx", a_docx("x"))) == []


def test_a_large_document_goes_through_the_pipe_whole(reader: Documents) -> None:
    raw = attached("application/pdf", "a.pdf", a_pdf("zanzibar) Tj (" + "x" * 3_000_000))
    assert "zanzibar" in read(reader, raw)[0]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"Content-Type: application/pdf", b"p"),
        (b'Content-Type: application/octet-stream; name="x.docx"', b"d"),
        (b"Content-Type: application/octet-stream; name=pdf", b""),
        (b"Content-Type: text/plain; name=x.pdf", b""),
    ],
)
def test_a_document_is_known_by_its_type_or_its_name(header: bytes, kind: bytes) -> None:
    assert kind_of(parse(header + b"\n\nx", True)) == kind
