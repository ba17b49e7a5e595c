"""What a report says of where its numbers come from."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nas.report.origins import cautions
from nas.report.page import render
from nas.runs import read

Edit = Callable[[Callable[[dict[str, Any]], None]], Path]


def test_a_contested_latency_is_shown_with_its_caution(finished: Path, fleet: Path, change: Edit) -> None:
    sentence = "jetson-agx-orin: contested: others measured mit-b2 15.8 ms, not 2.8; mit-b3 44.3 ms, not 4.4 "
    for folder in (finished, fleet):
        (found,) = cautions(read(folder))
        assert found.startswith(sentence)
        assert found.endswith("nas collect --device jetson --host user@board")

    def measured(result: dict[str, Any]) -> None:
        result["latency"] = "jetson-agx-orin: fitted to 120 networks"
        for row in (*result["front"], *result["published"]):
            row["latency_origin"] = "measured"

    assert sentence in render(read(finished))
    assert cautions(read(change(measured))) == []


def test_a_caution_goes_with_the_device_that_it_is_about(fleet: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fleet, tmp_path / "run")
    result = json.loads((folder / "front.json").read_text())
    result["device"], result["further"] = "jetson-nano", [["jetson-agx-orin", 10.0]]
    result["latency"] = "jetson-nano: calibrated on 12 rows; jetson-agx-orin: calibrated on 16 rows"
    (folder / "front.json").write_text(json.dumps(result))
    assert [each.partition(":")[0] for each in cautions(read(folder))] == ["jetson-agx-orin"]
