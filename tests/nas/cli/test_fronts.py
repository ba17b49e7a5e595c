"""Tables of networks on screen."""

from pathlib import Path

import pytest

from nas.cli.console import stdout
from nas.cli.fronts import ROWS, answer_rows, comparison_table, front_table, score_text, short_name
from nas.runs import read


def test_the_answer_comes_first_and_no_row_is_slower(finished: Path) -> None:
    run = read(finished)
    assert run.best is not None
    rows = answer_rows(run.front, run.best.arch_id)
    assert rows[0] == run.best
    assert len(rows) <= ROWS
    ends = [row.latency_high_ms or 0.0 for row in rows]
    assert ends == sorted(ends, reverse=True)


def test_a_table_says_what_is_measured(finished: Path, verified: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, measured in ((finished, False), (verified, True)):
        run = read(folder)
        stdout.print(front_table(run.front, "all", len(run.front)))
        shown = capsys.readouterr().out
        assert ("measured" in shown) == measured
        assert all(short_name(row.name) in shown for row in run.front)


def test_every_published_model_has_a_line(finished: Path) -> None:
    run = read(finished)
    assert comparison_table(run.comparisons).row_count == len(run.published)


def test_a_score_has_the_digits_of_its_interval(finished: Path) -> None:
    row = read(finished).front[0]
    object.__setattr__(row, "accuracy", 80.123)
    for low, high, text in (
        (80.123, 80.123, "80.12"),
        (None, None, "80.12"),
        (79.0, 81.0, "80.1 (79.0-81.0)"),
        (60.0, 90.0, "80 (60-90)"),
    ):
        object.__setattr__(row, "accuracy_low", low)
        object.__setattr__(row, "accuracy_high", high)
        assert score_text(row) == text


def test_names_lose_a_long_recipe() -> None:
    assert short_name("mit-b1@288") == "mit-b1@288"
    assert short_name("efficientnet_b0.ra_in1k_and_more") == "efficientnet_b0"
