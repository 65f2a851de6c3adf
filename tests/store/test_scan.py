"""The scan finds what bytes.find finds, wherever the windows end."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.store import scan
from tayori.store.scan import Window


def occurrences(path: Path, needle: bytes, start: int, end: int) -> list[int]:
    """Where the needle begins between start and end, overlapping ones too."""
    descriptor = os.open(path, os.O_RDONLY)
    window, found, position = Window(needle), [], start
    for _ in window.windows(descriptor, start, end):
        while (at := window.find(position)) >= 0:
            found.append(at)
            position = at + 1
    os.close(descriptor)
    return found


@given(
    st.lists(st.sampled_from([b"a", b"b", b"ab", b"\0", b"\n"])).map(b"".join), st.sampled_from([b"a", b"ab", b"ba\0"])
)
def test_every_occurrence_is_found_once(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, needle: bytes
) -> None:
    path = tmp_path_factory.mktemp("scan") / "file"
    path.write_bytes(b"ab" + content + b"ab\0")
    expected = [at for at in range(2, 2 + len(content)) if content.startswith(needle, at - 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "WINDOW", 5)
        assert occurrences(path, needle, 2, 2 + len(content)) == expected


def test_a_needle_longer_than_a_window_is_found(tmp_path: Path) -> None:
    needle = b"x" * scan.WINDOW
    (tmp_path / "file").write_bytes(b"y" * 1000 + needle + b"y")
    assert occurrences(tmp_path / "file", needle, 0, 1001 + scan.WINDOW) == [1000]


def test_a_file_that_ends_early_ends_the_scan(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert occurrences(tmp_path / "file", b"c", 0, 10) == [2]
