"""Others' tables: taken over row by row, refused row by row."""

import csv
import json
from pathlib import Path

import pytest

from nas.errors import UserError
from nas.measuring.imported import READERS, save_imported
from search_space import ArchConfig, published

OFA = """
Conv-input:224x224x3-output:112x112x24: {count: 30, mean: 1.5, std: 0.1}
expanded_conv-input:112x112x24-output:56x56x32-expand:144-kernel:3-stride:2-idskip:0-se:0-hs:0: {mean: 4.5, var: 0.04}
expanded_conv-input:56x56x32-output:56x56x32-expand:128-kernel:5-stride:1-idskip:1-se:0-hs:0: {mean: 2.5}
expanded_conv-input:28x28x48-output:28x28x48-expand:192-kernel:3-stride:1-idskip:1-se:1-hs:1: {mean: 1.25, count: 30}
Logits-input:7x7x1280-output:1000: {mean: 0.31, std: 0.02, count: 30}
"""

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


def test_once_for_all_tables_are_taken_over(tmp_path: Path) -> None:
    rows, refused, manifest = load(save(OFA, "note10.yaml", tmp_path), tmp_path)
    assert refused == []
    assert [float(row["mean_ms"]) for row in rows] == [1.5, 4.5, 2.5, 1.25, 0.31]
    assert [row["std_ms"] for row in rows] == ["0.1", "0.2", "", "", "0.02"]
    assert (manifest["origin"], manifest["unit"], manifest["device"]) == ("imported", "ms", "their-phone")
    key = json.loads(rows[1]["key_json"])
    assert (key["type"], key["input"], key["expand"], key["stride"]) == ("expanded_conv", [112, 112, 24], [144], [2])
    # 1x1 to 144 channels at 112, 3x3 depthwise and 1x1 to 32 channels at 56
    assert int(rows[1]["macs"]) == 112**2 * 24 * 144 + 56**2 * 144 * 9 + 56**2 * 144 * 32


def test_timm_benchmarks_are_taken_over(tmp_path: Path) -> None:
    rows, refused, _ = load(save(TIMM, "benchmark.csv", tmp_path), tmp_path)
    assert refused == []
    assert float(rows[0]["mean_ms"]) == 101.972
    assert rows[0]["arch_id"] == published("mit-b1").arch_id
    assert ArchConfig.from_json(rows[0]["key_json"]) == published("mit-b1")
    assert (rows[1]["arch_id"], rows[1]["macs"]) == ("", "4110000000")
    assert {row["batch"] for row in rows} == {"256"}


@pytest.mark.parametrize("value", [".nan", ".inf", "0", "-1.5", "'4.5'", "true", "4500.0e3", "null"])
def test_a_bad_latency_is_refused_by_name_and_the_others_stay(value: str, tmp_path: Path) -> None:
    rows, refused, manifest = load(save(OFA.replace("mean: 4.5", f"mean: {value}"), "a.yaml", tmp_path), tmp_path)
    assert len(rows) == 4
    assert refused[0]["where"].startswith("expanded_conv-input:112x112x24-")
    assert manifest["refused"] == 1


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


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("!!python/object/apply:os.system ['touch pwned']", "a.yaml", "not plain YAML"),
        ("- 1\n- 2", "a.yaml", "not a mapping"),
        ("a: {mean: 0}", "a.yaml", "no row can be taken over; a: "),
        ("model,ms\nb1,3", "a.csv", "no column 'infer_img_size'"),
    ],
)
def test_what_is_no_table_is_refused(text: str, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        load(save(text, name, tmp_path), tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == [name]


def test_another_table_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    load(save(OFA, "a.yaml", tmp_path), tmp_path)
    load(save(OFA, "a.yaml", tmp_path), tmp_path)
    with pytest.raises(UserError, match="holds something else"):
        load(save(TIMM, "a.csv", tmp_path), tmp_path)
