"""The reference operation."""

import json
import time
from pathlib import Path

from nas.measuring.runner.journal import Journal
from nas.measuring.runner.loop import measure_group
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.timing import Timed

FAST = MeasuringProtocol(rounds=4, extra_rounds=2, visit_ms=12.0, warm_up_ms=1.0, max_warm_up_ms=50.0)

HEADER = {"plan": "test", "rounds": 4}


def test_each_round_begins_and_ends_with_the_reference_operation(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    runs = {name: Timed(lambda: time.sleep(0.0005)) for name in "abcd"}
    measure_group(3, runs, (), Journal(path, HEADER), FAST, lambda: None)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    planned = [record for record in records if record.get("round", -1) in range(FAST.rounds)]
    kinds = ["reference" if "reference" in record else "visit" for record in planned if "state" not in record]
    assert kinds == (["reference", "visit", "reference", *["visit"] * 3, "reference"]) * FAST.rounds
    journal = Journal(path, HEADER)
    assert {group for group, _, _ in journal.references} == {3}
    assert all(1_000 < ns < 100_000_000 for _, _, ns in journal.references)
