"""What is asked by name."""

from dataclasses import replace
from pathlib import Path

import pytest

from nas.collecting.asked import device_asked, searched_networks
from nas.devices import find_device
from nas.errors import UserError
from search_space import named_space


def test_a_device_keeps_what_is_not_asked_otherwise() -> None:
    cpu = find_device("cpu")
    assert device_asked("cpu") == cpu
    assert device_asked("cpu", batch=cpu.batch + 3) == replace(cpu, batch=cpu.batch + 3)
    with pytest.raises(UserError, match=r"--precision: .*fp12"):
        device_asked("cpu", precision="fp12")


def test_networks_of_a_search_are_read_by_their_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no architectures in"):
        searched_networks(tmp_path)
    space = named_space("digits")
    archs = [space.smallest(), space.largest()]
    (tmp_path / "archs").mkdir()
    for arch in archs:
        (tmp_path / "archs" / f"{arch.arch_id}.json").write_text(arch.to_json())
    assert searched_networks(tmp_path) == sorted(archs, key=lambda arch: arch.arch_id)
