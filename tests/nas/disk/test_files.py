"""Folders that a command may write to."""

from pathlib import Path

import pytest

from nas.disk.files import make_folder
from nas.errors import UserError


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "a" / "b")
    assert make_folder(folder) == folder
    assert list(folder.iterdir()) == []


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UserError, match=r"cannot write to .*a: File exists"):
        make_folder(tmp_path / "a")


def test_trying_it_touches_no_file_of_others(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / ".write-test").symlink_to(target)
    make_folder(tmp_path)
    assert not target.exists()
    assert (tmp_path / ".write-test").is_symlink()
