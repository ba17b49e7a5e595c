"""Tables of once-for-all."""

import csv
import json
from pathlib import Path

from nas.collecting.imported import READERS, save_imported

OFA = """
Conv-input:224x224x3-output:112x112x24: {count: 30, mean: 1.5, std: 0.1}
expanded_conv-input:112x112x24-output:56x56x32-expand:144-kernel:3-stride:2-idskip:0-se:0-hs:0: {mean: 4.5, var: 0.04}
expanded_conv-input:56x56x32-output:56x56x32-expand:128-kernel:5-stride:1-idskip:1-se:0-hs:0: {mean: 2.5}
expanded_conv-input:28x28x48-output:28x28x48-expand:192-kernel:3-stride:1-idskip:1-se:1-hs:1: {mean: 1.25, count: 30}
Logits-input:7x7x1280-output:1000: {mean: 0.31, std: 0.02, count: 30}
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
