"""What a person can set or run is told in docs/operations.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tayori"
OPERATIONS = ROOT / "docs" / "operations.md"


@pytest.fixture
def operations() -> str:
    if not OPERATIONS.exists():
        pytest.skip("docs/operations.md is not written yet")
    return OPERATIONS.read_text(encoding="utf-8")


def commands(group: click.Group, context: click.Context, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """("account", "add"), … for every command that is not hidden."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, click.Context(command, parent=context, info_name=name), (*above, name))
        elif command is not None and not command.hidden:
            yield (*above, name)


def settings() -> Iterator[tuple[str, str]]:
    """Every field of every class whose name ends in Settings, with its module."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Settings"):
                names = [field.target for field in node.body if isinstance(field, ast.AnnAssign)]
                yield from ((path.name, name.id) for name in names if isinstance(name, ast.Name))


def test_every_command_is_told(operations: str) -> None:
    main = pytest.importorskip("tayori.cli").main
    told = [
        r"tayori\b[^\n]*\b" + r"\b[^\n]*\b".join(map(re.escape, path)) for path in commands(main, click.Context(main))
    ]
    assert [pattern for pattern in told if not re.search(pattern, operations)] == []


def test_every_setting_is_told(operations: str) -> None:
    told = set(re.findall(r"\w+", operations))
    assert [(module, name) for module, name in settings() if name not in told and not name.startswith("_")] == []
