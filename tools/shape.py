"""How our code is shaped: lengths of functions and files, share of comments, and the longest of them.

A report, not a gate. A function's length runs from its `def` to its last line, its docstring and what is nested in it
included; a comment is a line that holds one; shares are of all lines that are not blank.
"""

import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tayori"
HEADINGS = ("package", "lines", "files", "median", "max", "functions", "median", "p95", "max", "comments")
LONG_FILE = 300  # lines; beyond it a file may hold a second subject


class Measured(NamedTuple):
    length: int  # lines
    where: str  # file, or file:line name


class Module(NamedTuple):
    package: str
    path: Path
    lines: int
    written: int  # lines that are not blank
    comments: int
    functions: list[Measured]


def module(path: Path, source: Path) -> Module:
    """One file's shape; source is the folder whose children are the packages."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    return Module(
        package=path.relative_to(source).parts[0].removesuffix(".py"),
        path=path,
        lines=len(lines),
        written=sum(1 for line in lines if line.strip()),
        comments=sum(1 for token in tokens(text) if token.type == tokenize.COMMENT),
        functions=[
            Measured(length(node), f"{path.relative_to(source)}:{node.lineno} {node.name}")
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ],
    )


def tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def p95(lengths: Sequence[int]) -> int:
    """The length that 95 of 100 functions do not exceed; 0 of none."""
    ordered = sorted(lengths)
    return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)] if ordered else 0


def row(name: str, modules: Sequence[Module]) -> tuple[str, ...]:
    """The figures of a group of modules, under HEADINGS."""
    files = [module.lines for module in modules]
    functions = [function.length for module in modules for function in module.functions] or [0]
    written = sum(module.written for module in modules)
    comments = sum(module.comments for module in modules)
    figures = [sum(files), len(files), median(files), max(files)]
    figures += [sum(len(module.functions) for module in modules), median(functions), p95(functions), max(functions)]
    return (name, *(f"{figure:g}" for figure in figures), f"{100 * comments / max(written, 1):.1f} %")


def rows(modules: Sequence[Module]) -> list[tuple[str, ...]]:
    """A row a package, by name, and the whole as the last."""
    packages: defaultdict[str, list[Module]] = defaultdict(list)
    for each in modules:
        packages[each.package].append(each)
    return [row(name, packages[name]) for name in sorted(packages)] + [row("all", modules)]


def print_plain(table: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  ".join(cells))


def print_rich(table: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, heading in enumerate(table[0]):
        shown.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for cells in table[1:]:
        shown.add_row(*cells, end_section=cells is table[-2])
    Console().print(shown)


def print_longest(title: str, measured: Sequence[Measured]) -> None:
    print(f"\n{title}")
    for each in sorted(measured, reverse=True):
        print(f"{each.length:6}  {each.where}")


def main() -> None:
    modules = [module(path, SOURCE) for path in sorted(SOURCE.rglob("*.py"))]
    table = [HEADINGS, *rows(modules)]
    (print_rich if sys.stdout.isatty() else print_plain)(table)
    functions = sorted(function for each in modules for function in each.functions)
    files = [Measured(each.lines, str(each.path.relative_to(SOURCE))) for each in modules if each.lines > LONG_FILE]
    print_longest("the ten longest functions", functions[-10:])
    print_longest(f"files of more than {LONG_FILE} lines", files)


if __name__ == "__main__":
    main()
