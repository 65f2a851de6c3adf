"""The rules of the tree that a machine can see: names, docstrings, where an error is swallowed, how RFCs are cited."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tayori"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "managers"}
FORBIDDEN_NAME = re.compile(
    r"^_?(handle|do|process)_|(^|_)(manager|util|utils|helper|helpers)($|_)|(Manager|Helper|Utils?)$"
)
CATCHES_ALL = {  # edges, where one peer's trouble, or one document's, is no other's
    "net/connection.py",
    "store/document_reader.py",
}
MISCITED = re.compile(
    r"\bRFC(?!822\b)\d{3,5}\b|\bRFC-\d|\bRFC \d+(?:,? ?§|, section|,? Section|,? sec\.)"
)  # RFC822 is IMAP's word


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in MODULES:
        yield relative(path), ast.parse(path.read_text(encoding="utf-8"))


def definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def swallows_all(handler: ast.ExceptHandler) -> bool:
    """Whether it catches what nobody foresaw, and does not raise it again at its end."""
    broad = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    return broad and not isinstance(handler.body[-1], ast.Raise)


def test_every_module_says_what_it_is() -> None:
    assert [where for where, tree in trees() if not ast.get_docstring(tree)] == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    assert [relative(path) for path in MODULES if FORBIDDEN_MODULES & {path.stem, path.parent.name}] == []


def test_names_say_what_is_returned_or_made_true() -> None:
    named = [(where, node.name) for where, tree in trees() for node in definitions(tree)]
    assert [pair for pair in named if FORBIDDEN_NAME.search(pair[1])] == []


def test_only_the_connections_edge_catches_every_exception() -> None:
    handlers = [
        (where, node) for where, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)
    ]
    caught = [f"{where}:{handler.lineno}" for where, handler in handlers if swallows_all(handler)]
    assert [place for place in caught if place.partition(":")[0] not in CATCHES_ALL] == []


def test_an_rfc_is_cited_so_that_grep_finds_it() -> None:
    found = [(relative(path), MISCITED.findall(path.read_text(encoding="utf-8"))) for path in MODULES]
    assert [citation for citation in found if citation[1]] == []


def test_every_file_among_the_extensions_is_one() -> None:
    files = [path for path in SOURCE.glob("*/extensions/*.py") if not path.name.startswith("_")]
    assert [
        relative(path) for path in files if not re.search(r"^EXTENSION\b", path.read_text("utf-8"), re.MULTILINE)
    ] == []


def test_tests_have_no_package_files() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_test_sleeps() -> None:
    sleeps = re.compile(r"\btime\.sleep\(|\basyncio\.sleep\((?!0\))")
    this = Path(__file__)
    assert [path.name for path in TESTS if path != this and sleeps.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("package", sorted({path.relative_to(SOURCE).parts[0] for path in MODULES} - {"__init__.py"}))
def test_the_architecture_page_tells_of_every_package(package: str) -> None:
    page = ROOT / "docs" / "architecture.md"
    if not page.exists():
        pytest.skip("docs/architecture.md is not written yet")
    assert re.search(rf"\b{package.removesuffix('.py')}\b", page.read_text(encoding="utf-8"))
