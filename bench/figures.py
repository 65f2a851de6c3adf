"""What a measurement gives: a figure, its medians over the runs, how it compares, and the record on disk."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypedDict

RESULTS = Path(__file__).parent / "results"
Unit = Literal["/s", "ms", "KiB"]


@dataclass(slots=True)
class Figure:
    """One run of one system. `operations` is what the processor times are divided by."""

    value: float
    operations: int
    server_cpu: float
    """Seconds, all processes of the server."""
    load_cpu: float
    """Seconds, ours."""
    beside: dict[str, float] = field(default_factory=dict)
    """What else the run showed, by a name with its unit."""


class Summary(TypedDict):
    """A system's runs as the record keeps them."""

    median: float
    runs: list[dict[str, object]]
    cpu_us: float
    load_cpu_us: float
    beside: dict[str, float]


class Result(TypedDict):
    """A row as the record keeps it; systems by name: tayori, tuned, stock, mdbox."""

    name: str
    work: str
    says: str
    unit: Unit
    aim: str
    ratio: float
    reached: bool
    systems: dict[str, Summary]
    command: str
    date: str
    machine: dict[str, str]


COLD = "first_ms"  # the slowest of the runs, not their median: a server is cold in the first of them only


def summary(figures: list[Figure]) -> Summary:
    """Medians of some runs; processor time in microseconds an operation."""
    return {
        "median": statistics.median(figure.value for figure in figures),
        "runs": [asdict(figure) for figure in figures],
        "cpu_us": statistics.median(figure.server_cpu / figure.operations * 1e6 for figure in figures),
        "load_cpu_us": statistics.median(figure.load_cpu / figure.operations * 1e6 for figure in figures),
        "beside": {
            name: (max if name == COLD else statistics.median)([figure.beside[name] for figure in figures])
            for name in figures[0].beside
        },
    }


def times_better(unit: Unit, ours: float, theirs: float) -> float:
    """How many times better ours is: a rate is better when larger, all else when smaller."""
    return ours / theirs if unit == "/s" else theirs / ours


def save(result: Result) -> None:
    """Keep the result as RESULTS/NAME.json, in place of the last."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (RESULTS / f"{result['name']}.json").write_text(text + "\n")


def saved(name: str) -> Result | None:
    """The last result of a row, or None."""
    try:
        result: Result = json.loads((RESULTS / f"{name}.json").read_text())
    except FileNotFoundError:
        return None
    return result
