"""The README's picture and table are what its first command finds; `scripts/make_readme_figure.py` remakes them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
REMEDY = "run scripts/make_readme_figure.py"
EXACT = ("name", "accuracy_origin", "latency_origin", "latency_extrapolated", "resolution", "parameters", "macs")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_readme_figure", ROOT / "scripts" / "make_readme_figure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_was_drawn_with_the_table(script: ModuleType) -> None:
    with Image.open(script.PICTURE) as image:
        assert image.text.get(script.DIGEST) == script.digest(script.TABLE), REMEDY  # type: ignore[attr-defined]


def test_the_readme_shows_them_beside_the_command(script: ModuleType) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"]({script.PICTURE.relative_to(ROOT)})" in text
    assert text.index(script.readme_command()) < text.index(str(script.PICTURE.relative_to(ROOT)))
    assert "--out" not in script.readme_command()


def test_the_table_is_what_the_command_finds(script: ModuleType, tmp_path: Path) -> None:
    """Another processor may round otherwise and so meet another network here and there: one in twenty."""
    script.run_readme_command(tmp_path)
    kept, found = (pd.read_csv(path).set_index("arch_id") for path in (script.TABLE, tmp_path / "front.csv"))
    assert list(kept.columns) == list(found.columns), REMEDY
    common = kept.index.intersection(found.index)
    assert len(common) >= 0.95 * max(len(kept), len(found)), REMEDY
    for name in set(EXACT) & set(kept.columns):
        assert kept.loc[common, name].tolist() == found.loc[common, name].tolist(), f"{name}: {REMEDY}"
    for name in kept.select_dtypes("number").columns:
        ours, theirs = kept.loc[common, name].to_numpy(), found.loc[common, name].to_numpy()
        assert np.allclose(ours, theirs, rtol=1e-3, atol=1e-4, equal_nan=True), f"{name}: {REMEDY}"


def test_a_stamp_leaves_the_pixels_alone(script: ModuleType, tmp_path: Path) -> None:
    table, stamped = tmp_path / "front.csv", tmp_path / "front.png"
    table.write_text("arch_id\n1\n")
    script.stamped(script.PICTURE, table, stamped)
    with Image.open(script.PICTURE) as before, Image.open(stamped) as after:
        assert np.array_equal(np.asarray(before.convert("RGBA")), np.asarray(after.convert("RGBA")))
        assert after.text == {script.DIGEST: script.digest(table)}  # type: ignore[attr-defined]
