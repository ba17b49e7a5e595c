"""Benchmarks of timm."""

import csv
import json
from pathlib import Path

import pytest

from nas.collecting.imported import READERS, save_imported
from search_space import ArchConfig, published

TIMM = """model,infer_samples_per_sec,infer_step_time,infer_batch_size,infer_img_size,infer_gmacs,infer_macts
efficientvit_b1.r224_in1k,2510.5,101.972,256,224,0.53,7.25
resnet50,1010.01,253.463,256,224,4.11,11.11
efficientvit_m4.r224_in1k,8800.0,29.091,256,224,0.3,1.7
convnext_tiny,900.0,284.444,256,224,4.47,13.44
vit_tiny_patch16_224,4000.0,64.0,256,224,1.08,4.12
"""


def save(text: str, name: str, tmp_path: Path) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def load(path: Path, tmp_path: Path) -> tuple[list[dict[str, str]], list[dict[str, str]], dict[str, object]]:
    out = tmp_path / "t"
    save_imported(path, out, device="their-phone", reader=READERS[path.suffix])
    with (out / "rows.csv").open() as rows, (out / "refused.csv").open() as refused:
        return (
            list(csv.DictReader(rows)),
            list(csv.DictReader(refused)),
            json.loads((out / "manifest.json").read_text()),
        )


def test_timm_benchmarks_are_taken_over(tmp_path: Path) -> None:
    rows, refused, _ = load(save(TIMM, "benchmark.csv", tmp_path), tmp_path)
    assert refused == []
    assert float(rows[0]["mean_ms"]) == 101.972
    assert rows[0]["arch_id"] == published("mit-b1").arch_id
    assert ArchConfig.from_json(rows[0]["key_json"]) == published("mit-b1")
    assert (rows[1]["arch_id"], rows[1]["macs"]) == ("", "4110000000")
    assert {row["batch"] for row in rows} == {"256"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("101.972", "0.101972", "another unit?"),
        ("101.972", "101972", "another unit?"),
        ("101.972", "nan", "must be positive and finite"),
        ("101.972", "-101.972", "must be positive and finite"),
        ("101.972", "", "could not convert"),
        ("101.972,256,224", "101.972,256,big", "could not convert"),
    ],
)
def test_a_bad_line_of_timm_is_refused_by_number(old: str, new: str, reason: str, tmp_path: Path) -> None:
    rows, refused, _ = load(save(TIMM.replace(old, new), "a.csv", tmp_path), tmp_path)
    assert len(rows) == 4
    assert refused[0]["where"] == "line 2 (efficientvit_b1.r224_in1k)"
    assert reason in refused[0]["reason"]
