"""`--data` from training to judging, with an image folder that holds a damaged file."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nas.cli.evaluate import evaluate
from nas.errors import UserError
from nas.search.judge import SupernetJudge
from nas.training import Trained, TrainingJob, Watch, train_supernet
from search_space import SearchSpace
from supernet import TrainConfig

FEW = "fractals:classes=2,size=16,per_class=32,test_per_class=5"


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


@pytest.fixture
def supernet(tmp_path: Path, folder: Path, named_tiny: SearchSpace) -> Path:
    found = train_supernet(job(tmp_path / "supernet", str(folder)))
    assert found is not None
    return found.folder


def job(out: Path, data: str, **changes: object) -> TrainingJob:
    values = {"space": "tiny", "data": data, "out": out, "config": TrainConfig(recipe="sandwich", epochs=1)}
    return TrainingJob(**{**values, **changes})  # type: ignore[arg-type]


def test_a_supernet_learns_from_an_image_folder(tmp_path: Path, folder: Path, named_tiny: SearchSpace) -> None:
    stages = list[tuple[str, int, int]]()
    watch = Watch(on_stage=lambda *stage: stages.append(stage))
    found = train_supernet(job(tmp_path / "supernet", str(folder)), watch)
    assert isinstance(found, Trained)
    manifest = json.loads((tmp_path / "supernet" / "supernet.json").read_text())
    assert (manifest["space"], manifest["data"], manifest["step"]) == ("tiny", str(folder), 1)
    assert stages == [("evaluating", done, 18) for done in range(19)]
    assert (found.metric.name, found.steps, found.largest.images) == ("top-1", 1, 9)
    values = [each.value for each in found.random]
    assert found.random_lowest == min(values)
    assert found.to_dict()["random_mean"] == pytest.approx(sum(values) / 16)
    assert [note.split(" ", 1)[1].partition(":")[0] for note in found.notes] == ["unreadable image(s) were skipped"]


def test_what_cannot_be_trained_is_said_at_once(tmp_path: Path, named_tiny: SearchSpace) -> None:
    out = tmp_path / "out"
    with pytest.raises(UserError, match="--init: no file"):
        train_supernet(job(out, "digits", init=tmp_path / "none.safetensors"))
    with pytest.raises(ValueError, match="unknown data set 'digit'"):
        train_supernet(job(out, "digit"))
    assert not out.exists()


def test_a_race_is_held_once_and_its_winner_trained(
    tmp_path: Path, named_tiny: SearchSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nas.training.RANDOM_MEMBERS", 2)
    monkeypatch.setattr(sys.modules["supernet.training.race"], "JUDGED", 2)
    said, stages = list[str](), list[str]()
    watch = Watch(say=said.append, on_stage=lambda stage, _done, _total: stages.append(stage))
    asked = job(tmp_path / "raced", FEW, race=True, config=TrainConfig(passes=10, batch=16))
    first = train_supernet(asked, watch)
    assert first is not None
    kept = json.loads((tmp_path / "raced" / "race.json").read_text())
    assert (first.recipe, kept["run_passes"], kept["passes"]) == (kept["winner"], 10, 1)
    assert stages.count("racing recipes") == 6
    again = train_supernet(asked, watch)
    assert again is not None
    assert again.to_dict() == first.to_dict()
    assert stages.count("racing recipes") == 6
    assert [text.split(":")[0] for text in said] == [f"recipe {kept['winner']}"] * 2


def test_other_data_are_judged_apart_and_damaged_files_named(
    supernet: Path, named_tiny: SearchSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arch = tmp_path / "arch.json"
    arch.write_text(named_tiny.for_data(classes=2, in_channels=3).smallest().to_json())
    journal = supernet / "evaluations.jsonl"
    other = FEW
    for data in (None, other, None, other):
        evaluate(str(arch), supernet=supernet, data=data, as_json=True)
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
