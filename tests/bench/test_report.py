"""Medians, ratios and the table."""

from pathlib import Path

import pytest

from bench import figures, report
from bench.figures import Figure, Result, summary, times_better


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setattr(figures, "RESULTS", tmp_path / "results")
    theirs = [Figure(value, 100, 0.1, 0.01, {"first_login_ms": 7}) for value in [300.0, 310.0, 200.0]]
    ours = [Figure(value, 1000, 0.1, 0.01) for value in [3000.0, 3300.0, 3100.0]]
    return {
        "name": "tls",
        "work": "mail",
        "says": "Sends mail.",
        "unit": "/s",
        "aim": "≥ 8 ×",
        "ratio": 10.333,
        "reached": True,
        "systems": {"tuned": summary(theirs), "tayori": summary(ours)},
        "command": "python -m bench",
        "date": "2026-11-24",
        "machine": {"processor": "2 x Example"},
    }


def test_a_rate_is_better_when_larger_and_a_time_when_smaller() -> None:
    assert (times_better("/s", 600, 200), times_better("ms", 10, 30), times_better("KiB", 50, 25)) == (3, 3, 0.5)


def test_the_median_of_the_runs_counts() -> None:
    runs = [Figure(value, 10, 1e-5 * value, 0.0) for value in [3.0, 100.0, 4.0]]
    assert (summary(runs)["median"], round(summary(runs)["cpu_us"], 6)) == (4.0, 4.0)


def test_the_slowest_first_time_is_the_cold_one() -> None:
    runs = [Figure(1.0, 10, 0.0, 0.0, {"first_ms": first}) for first in [787.0, 14.0, 16.0]]
    assert summary(runs)["beside"] == {"first_ms": 787.0}


def test_a_saved_result_is_a_line_of_the_table(result: Result) -> None:
    figures.save(result)
    line = report.table(["other", "tls"]).splitlines()[2]
    assert line == (
        "| mail | 300/s; first log-in 7 ms | 3,100/s | 10.3 × | ≥ 8 × | 1 ms / 100 µs | `python -m bench --rows tls` |"
    )


def test_another_variant_stands_beside_the_peer_with_its_own_ratio(result: Result) -> None:
    result["systems"]["mdbox"] = summary([Figure(1000.0, 100, 0.1, 0.01)])
    figures.save(result)
    assert "300/s; first log-in 7 ms (mdbox 1,000/s, 3.1 ×)" in report.table(["tls"])


def test_the_table_goes_between_the_markers_of_the_readme(result: Result, tmp_path: Path) -> None:
    figures.save(result)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.START}\nold\n{report.END}\nafter\n")
    report.into_readme(readme, ["tls"])
    middle = readme.read_text().removeprefix(f"before\n{report.START}\n").removesuffix(f"{report.END}\nafter\n")
    assert middle == report.table(["tls"])


def test_a_readme_without_markers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no table\n")
    with pytest.raises(ValueError, match="has no"):
        report.into_readme(tmp_path / "README.md", [])
