"""docs/rfcs.md out of the source: which RFC is kept where, and which test each extension has.

An RFC is always written `RFC 5321 section 4.5.2`; this is what that is for. `--check` only tells whether the page is
what it would be now.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "tayori"
PAGE = ROOT / "docs" / "rfcs.md"
TITLES = Path(__file__).with_name("rfc_titles.txt")

RFC = re.compile(r"\bRFC (\d+)")
SECTION = re.compile(r"\bRFC (\d+)\s+sections?\s+([\dA-Z][\d.]*\b(?:(?:,\s*|\s+and\s+|,\s+and\s+)\d[\d.]*\b)*)")
HEAD = """\
# RFCs

Made by `make docs` from the source: every RFC that a module names, with the sections it cites, and every extension
with its tests.
"""


class Extension(NamedTuple):
    protocol: str
    path: Path
    rfc: str  # "2177"; "" where the file tells none


def titles() -> dict[int, str]:
    """Number to title, for every RFC that the source may name."""
    lines = TITLES.read_text(encoding="utf-8").splitlines()
    return {int(number): title for number, _, title in (line.partition(" ") for line in lines)}


def cited(text: str) -> dict[int, set[str]]:
    """ "RFC 3501 section 6.4.4" gives {3501: {"6.4.4"}}; an RFC that is only named, an empty set."""
    flat = re.sub(r"\s*\n\s*#?\s*", " ", text)  # a mention may be broken over two lines
    sections: defaultdict[int, set[str]] = defaultdict(set)
    for number in RFC.findall(flat):
        sections[int(number)]
    for number, names in SECTION.findall(flat):
        sections[int(number)].update(name.rstrip(".") for name in re.split(r",?\s+and\s+|,\s*", names))
    return sections


def citations() -> dict[int, dict[str, set[str]]]:
    """RFC to module to sections, over all of the source."""
    found: defaultdict[int, dict[str, set[str]]] = defaultdict(dict)
    for path in sorted(SOURCE.rglob("*.py")):
        for number, sections in cited(path.read_text(encoding="utf-8")).items():
            found[number][path.relative_to(SOURCE).as_posix()] = sections
    return found


def extensions() -> Iterator[Extension]:
    for path in sorted(SOURCE.glob("*/extensions/*.py")):
        if not path.name.startswith("_"):
            yield Extension(path.parts[-3], path, declared_rfc(path.read_text(encoding="utf-8")))


def declared_rfc(text: str) -> str:
    """The rfc of `EXTENSION = Extension(rfc="2177", …)`, also where it stands first without its name."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.keyword(arg="rfc", value=ast.Constant(value=str(rfc))):
                return rfc
            case ast.Call(func=ast.Name(id="Extension"), args=[ast.Constant(value=str(rfc)), *_]):
                return rfc
    return ""


def tests(extension: Extension) -> list[str]:
    """What tests an extension: its mirror under tests/ and the talks named for it, relative to the root."""
    mirror = ROOT / "tests" / extension.protocol / "extensions" / f"test_{extension.path.stem}.py"
    talks = ROOT / "tests" / "talks" / extension.protocol
    stem = extension.path.stem
    named = [talks / f"{stem}.talk", *sorted(talks.glob(f"{stem}_*.talk"))]
    return [path.relative_to(ROOT).as_posix() for path in (mirror, *named) if path.exists()]


def section_order(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (1_000, part) for part in name.split(".")]


def place(module: str, sections: set[str]) -> str:
    listed = ", ".join(sorted(sections, key=section_order))
    return f"`{module}`" + (f" ({listed})" if listed else "")


def rfc_rows(known: Mapping[int, str]) -> Iterator[str]:
    for number, modules in sorted(citations().items()):
        places = ", ".join(place(module, modules[module]) for module in sorted(modules))
        yield f"| {number} | {known.get(number, '')} | {places} |"


def extension_rows() -> Iterator[str]:
    for extension in extensions():
        tested = ", ".join(f"`{path}`" for path in tests(extension))
        yield f"| {extension.protocol} | `{extension.path.name}` | {extension.rfc} | {tested} |"


def page() -> str:
    """The whole of docs/rfcs.md."""
    lines = ["| RFC | title | modules (sections) |", "|---|---|---|", *rfc_rows(titles())]
    lines += ["", "## Extensions", "", "| protocol | file | RFC | tests |", "|---|---|---|---|", *extension_rows()]
    return HEAD + "\n" + "\n".join(lines) + "\n"


def untitled() -> list[int]:
    """The RFCs that the source names and tools/rfc_titles.txt does not know."""
    return sorted(citations().keys() - titles().keys())


def main() -> int:
    if "--check" in sys.argv[1:]:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print("docs/rfcs.md is up to date" if fresh else "docs/rfcs.md is stale: make docs")
        return 0 if fresh else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
