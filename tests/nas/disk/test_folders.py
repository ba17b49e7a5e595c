"""Where the toolkit keeps what belongs to the user."""

from pathlib import Path

import platformdirs
import pytest

from nas.disk.folders import data_folder, devices_folder


def test_all_of_it_is_in_nas_home(home: Path) -> None:
    assert (data_folder(), devices_folder()) == (home, home / "devices")


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_in_the_platform_s_folders(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("NAS_HOME")
    else:
        monkeypatch.setenv("NAS_HOME", value)
    assert data_folder() == Path(platformdirs.user_data_dir("efficientvit-nas"))
    assert devices_folder() == Path(platformdirs.user_config_dir("efficientvit-nas")) / "devices"
