"""The table in Markdown, from the last results, for the terminal and for README.md."""

from pathlib import Path

from bench.figures import Result, Summary, Unit, saved, times_better

START, END = "<!-- bench -->", "<!-- /bench -->"
HEAD = """\
| work | Postfix + Dovecot | Tayori | ratio | aim | CPU each | command |
|---|---:|---:|---:|---:|---:|---|
"""
BESIDE = {  # what a run showed beside its figure and the table shows too
    "first_login_ms": "first log-in {} ms",
    "base_kib": "base {} KiB",
    "later_cpu_ms": "later {} ms CPU",
    "first_ms": "the first time {} ms",
    "heavy_per_s": "{} heavy commands/s",
}


def table(names: list[str]) -> str:
    """Rows in the order of `names`, those that were measured; below, the machines they were measured on."""
    results = [result for name in names if (result := saved(name)) is not None]
    machines = dict.fromkeys(_machine(result) for result in results)
    return HEAD + "".join(map(_line, results)) + "\n" + "\n".join(machines) + "\n"


def into_readme(readme: Path, names: list[str]) -> None:
    """Put the table between the markers START and END.

    Raises ValueError: there are no markers.
    """
    before, start, rest = readme.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{readme} has no {START} … {END}")
    readme.write_text(f"{before}{START}\n{table(names)}{END}{after}")


def _line(result: Result) -> str:
    systems, unit = result["systems"], result["unit"]
    theirs, ours = systems["tuned"], systems["tayori"]
    cells = [
        result["work"],
        _shown(theirs["median"], unit) + _beside(theirs) + _others(systems, unit),
        _shown(ours["median"], unit) + _beside(ours),
        f"{result['ratio']:.3g} ×",
        result["aim"] + ("" if result["reached"] else " (not reached)"),
        f"{_microseconds(theirs['cpu_us'])} / {_microseconds(ours['cpu_us'])}",
        f"`python -m bench --rows {result['name']}`",
    ]
    return "| " + " | ".join(cells) + " |\n"


def _beside(summary: Summary) -> str:
    return "".join(
        f"; {text.format(_digits(summary['beside'][name]))}"
        for name, text in BESIDE.items()
        if name in summary["beside"]
    )


def _others(systems: dict[str, Summary], unit: Unit) -> str:
    return "".join(
        f" ({called} {_shown(systems[name]['median'], unit)}{_beside(systems[name])},"
        f" {times_better(unit, systems['tayori']['median'], systems[name]['median']):.3g} ×)"
        for name, called in {"stock": "untuned", "mdbox": "mdbox"}.items()
        if name in systems
    )


def _shown(value: float, unit: Unit) -> str:
    """Three digits: "5,490/s", "0.0251 ms", "21.4 KiB"."""
    return f"{_digits(value)}{unit}" if unit == "/s" else f"{_digits(value)} {unit}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _microseconds(value: float) -> str:
    return f"{value / 1000:.3g} ms" if value >= 1000 else f"{value:.3g} µs"


def _machine(result: Result) -> str:
    described = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    return f"{result['date']}: {described}; `{result['command']}`"
