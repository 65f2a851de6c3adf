"""Being in a package's folder is being found, in alphabetical order, if the kind is right."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tayori.wire.folder import members


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "found_in_a_folder"
    folder.mkdir()
    texts = {"__init__": "", "beta": "THING = 'b'", "alpha": "THING = 'a'", "none": "OTHER = 'c'", "wrong": "THING = 1"}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("found_in_a_folder")
    for name in [name for name in sys.modules if name.startswith("found_in_a_folder")]:
        del sys.modules[name]


def test_members_are_what_modules_define_by_that_name_and_of_that_kind(package: ModuleType) -> None:
    assert list(members(package, "THING", str)) == ["a", "b"]
