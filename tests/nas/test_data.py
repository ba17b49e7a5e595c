"""`--data` from training to judging, with an image folder that holds a damaged file."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas.commands.train import evaluate_command, train_command
from nas.search.judge import SupernetJudge

SPACE = "digits"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark and bright noise: 64 training and 10 held-out images."""
    root, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for split, count in (("train", 32), ("val", 5)):
        for name, low in (("bright", 128), ("dark", 0)):
            (root / split / name).mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(low, low + 128, size=(20, 24, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / name / f"{index}.png")
    (root / "val" / "dark" / "0.png").write_bytes(b"damaged")
    return root


@pytest.fixture(scope="module")
def supernet(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    out = tmp_path_factory.mktemp("out") / "supernet"
    train_command(
        space_name=SPACE,
        data_name=str(folder),
        out=out,
        config={"recipe": "sandwich", "epochs": 1},
        resolutions=None,
        init=None,
        save_every=60,
        workers=None,
        address=None,
        as_json=True,
    )
    return out


def test_a_supernet_learns_from_an_image_folder(supernet: Path, folder: Path) -> None:
    manifest = json.loads((supernet / "supernet.json").read_text())
    assert (manifest["space"], manifest["data"], manifest["step"]) == (SPACE, str(folder), 1)


def test_other_data_are_judged_apart_and_damaged_files_named(
    supernet: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from search_space import named_space

    arch = tmp_path / "arch.json"
    arch.write_text(named_space(SPACE).for_data(classes=2, in_channels=3).smallest().to_json())
    journal = supernet / "evaluations.jsonl"
    other = "fractals:classes=2,per_class=40,test_per_class=5"
    for data in (None, other, None, other):
        evaluate_command(str(arch), supernet=supernet, data=data, as_json=True)
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line.get("data") for line in lines] == [None, other]
    shown = capsys.readouterr()
    accuracies = [json.loads(text)["accuracy"] for text in shown.out.replace("}\n{", "}\0{").split("\0")]
    assert accuracies == [lines[0]["accuracy"], lines[1]["accuracy"]] * 2
    assert lines[0]["accuracy"] in [pytest.approx(100 * right / 9) for right in range(10)]
    assert "1 unreadable image(s) were skipped:" in shown.err
    assert "val/dark/0.png" in shown.err


def test_data_of_another_kind_are_refused(supernet: Path) -> None:
    with pytest.raises(ValueError, match="takes 3-channel images of 2 classes; data digits has 1 and 10"):
        SupernetJudge(supernet, "digits")
