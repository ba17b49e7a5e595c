"""A run in its folder: written, and found by its name."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nas.errors import UserError
from nas.runs import find_run, read, write
from nas.runs.folder import COMPARISONS


@pytest.mark.parametrize("name", ["finished", "fleet", "verified"])
def test_writing_what_was_read_gives_the_same_files(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.getfixturevalue(name)
    write(replace(read(folder), folder=tmp_path))
    written = {path.name for path in tmp_path.iterdir()}
    assert written >= {"front.csv", "published.csv", "front.json", COMPARISONS}
    for file in written:
        assert (tmp_path / file).read_bytes() == (folder / file).read_bytes(), file


def test_runs_are_found_by_path_and_by_name(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_run(str(finished)) == finished
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no run at mine; runs in results/search: none"):
        find_run("mine")
    shutil.copytree(finished, tmp_path / "results" / "search" / "mine")
    assert find_run("mine") == Path("results/search/mine")
    with pytest.raises(UserError, match="no run at other; runs in results/search: mine"):
        find_run("other")
