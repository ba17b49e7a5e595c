"""The log of a run: a kill loses no row, a resumed run cuts off what it will write again."""

from pathlib import Path

from supernet.training.watch import COLUMNS, LOG, logging


def rows(folder: Path) -> list[str]:
    return (folder / LOG).read_text().splitlines()


def test_every_row_has_left_the_process_when_it_was_added(tmp_path: Path) -> None:
    with logging(tmp_path, 0) as log:
        for step in (1, 2, 3):
            log.add(step, {"loss": step / 2, "largest": 90.0})
            found = rows(tmp_path)
            assert (found[0], len(found)) == (",".join(COLUMNS), step + 1)
            assert found[-1] == f"{step},,{step / 2},,,90.0,,"


def test_a_resumed_run_keeps_the_rows_before_it_and_no_others(tmp_path: Path) -> None:
    with logging(tmp_path, 0) as log:
        for step in (1, 2, 3, 4):
            log.add(step, {"loss": 1.0})
    with (tmp_path / LOG).open("a") as file:
        file.write("5,,0.3")  # torn
    before = rows(tmp_path)
    with logging(tmp_path, 4) as log:
        assert rows(tmp_path) == before[:5]
    with logging(tmp_path, 2) as log:
        assert rows(tmp_path) == before[:3]
        log.add(3, {"loss": 2.0})
    assert rows(tmp_path) == [*before[:3], "3,,2.0,,,,,"]
