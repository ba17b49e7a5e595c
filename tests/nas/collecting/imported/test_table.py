"""Other projects' tables: bad rows and files are refused by name."""

import csv
import json
from pathlib import Path

import pytest

from nas.collecting.imported import READERS, save_imported
from nas.errors import UserError

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


@pytest.mark.parametrize("value", [".nan", ".inf", "0", "-1.5", "'4.5'", "true", "4500.0e3", "null"])
def test_a_bad_latency_is_refused_by_name_and_the_others_stay(value: str, tmp_path: Path) -> None:
    rows, refused, manifest = load(save(OFA.replace("mean: 4.5", f"mean: {value}"), "a.yaml", tmp_path), tmp_path)
    assert len(rows) == 4
    assert refused[0]["where"].startswith("expanded_conv-input:112x112x24-")
    assert manifest["refused"] == 1


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
