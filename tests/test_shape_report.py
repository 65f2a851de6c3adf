"""The figures of `make shape` are those of the text."""

from pathlib import Path

import pytest

from tools import shape

TEXT = '''\
"""A module."""

# why
def outer() -> int:
    def inner() -> int:
        return 1  # one

    return inner()
'''


@pytest.fixture
def module(tmp_path: Path) -> shape.Module:
    path = tmp_path / "smtp" / "session.py"
    path.parent.mkdir()
    path.write_text(TEXT)
    return shape.module(path, tmp_path)


def test_functions_are_measured_with_what_is_nested_in_them(module: shape.Module) -> None:
    assert module.functions == [(5, "smtp/session.py:4 outer"), (2, "smtp/session.py:5 inner")]


def test_blank_lines_count_for_the_file_only(module: shape.Module) -> None:
    assert (module.package, module.lines, module.written, module.comments) == ("smtp", 8, 6, 2)


@pytest.mark.parametrize(("lengths", "expected"), [([], 0), ([7], 7), (range(1, 101), 95), (range(1, 21), 19)])
def test_five_in_a_hundred_exceed_the_p95(lengths: range, expected: int) -> None:
    assert shape.p95(lengths) == expected


def test_a_row_gives_the_share_of_comments_last(module: shape.Module) -> None:
    assert shape.row("smtp", [module]) == ("smtp", "8", "1", "8", "8", "2", "3.5", "5", "5", "33.3 %")
