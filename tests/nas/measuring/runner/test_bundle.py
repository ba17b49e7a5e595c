"""Bundles that were changed, or lead outside, are refused."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.errors import RunnerError


def run(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(bundle), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["../evil", "/evil", "models/../../evil", "a\\..\\evil", "C:evil"])
def test_names_that_lead_outside_are_refused(name: str, archive: Path, tmp_path: Path) -> None:
    bad = Path(shutil.copy(archive, tmp_path / "bad.zip"))
    with zipfile.ZipFile(bad, "a") as file:
        file.writestr(zipfile.ZipInfo(name), "evil")
    with pytest.raises(RunnerError, match="leads outside the folder"):
        Bundle(bad)
    found = run(bad, tmp_path)
    assert found.returncode == 1
    assert "leads outside the folder" in found.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "results.jsonl.lock"] == ["bad.zip"]


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    return folder


def test_a_changed_file_is_named_and_nothing_runs(archive: Path, plan: Plan, tmp_path: Path) -> None:
    folder = unpacked(archive, tmp_path / "b")
    path = folder / "models" / f"{plan.items[0].key}.json"
    path.write_text(path.read_text().replace("0", "1", 1))
    found = run(folder, tmp_path)
    assert found.returncode == 1
    assert f"{path} was changed: its SHA-256 differs from SHA256SUMS" in found.stderr
    assert not (tmp_path / "results.jsonl").exists()
    path.unlink()
    assert f"the bundle is incomplete: {path} is not there" in run(folder, tmp_path).stderr


def test_a_flipped_bit_in_the_packed_file_is_named(archive: Path, plan: Plan, tmp_path: Path) -> None:
    name = f"models/{plan.items[0].key}.onnx"
    with zipfile.ZipFile(archive) as file:
        member = file.getinfo(name)
    content = bytearray(archive.read_bytes())
    content[member.header_offset + 30 + len(name) + member.compress_size // 2] ^= 1
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(RunnerError, match=rf"b\.zip/{name} was changed: "):
        Bundle(tmp_path / "b.zip")
