"""What the files of a run say of the search: the spelling of the first version, folders that keep their names."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nas.errors import UserError
from nas.search.config import SearchConfig
from nas.search.record import Grounds, claim, default_name, digest, limits_in, record_of, targets_in, with_targets
from nas.search.targets import Target

ONE = (Target(device="jetson-agx-orin", budget_ms=10.0),)
TWO = (*ONE, Target(device="jetson-nano", budget_ms=40.0))
CONFIG = SearchConfig(targets=ONE, space="efficientvit", trials=60)
GROUNDS = Grounds(latency="how latencies are predicted", accuracy="and accuracies")
STORED = Path(__file__).parents[2] / "data" / "version-0.1.0" / "run" / "config.json"


def test_the_first_version_s_folder_is_the_same_search() -> None:
    stored = json.loads(STORED.read_text())
    grounds = Grounds(latency=stored["latency"], accuracy=stored["accuracy"])
    record = record_of(CONFIG, grounds)
    assert record | stored == record  # every key of then is there, with its value
    assert record.keys() - stored.keys() == {"known"}
    assert targets_in(stored) == ONE
    assert limits_in(stored) == {}


# of the commit before objectives and targets were values: `SearchConfig(...).default_name` there
@pytest.mark.parametrize(
    ("config", "name"),
    [
        (CONFIG, "jetson-agx-orin-efficientvit-10ms-11fa3f61"),
        (
            replace(
                CONFIG,
                targets=TWO,
                limits={"params": "12M", "macs": "600M", "memory": "60MB"},
                objectives=("params", "memory"),
                fleet=True,
            ),
            "jetson-agx-orin-efficientvit-10ms-18f9d648",
        ),
    ],
)
def test_folders_keep_their_names(config: SearchConfig, name: str) -> None:
    assert default_name(record_of(config, GROUNDS)) == name


def test_what_is_written_is_read() -> None:
    config = replace(CONFIG, targets=TWO, limits={"macs": "600M", "traffic": 80.0, "memory": 50.0})
    record = json.loads(json.dumps(with_targets(record_of(config))))
    assert targets_in(record) == TWO
    assert limits_in(record) == {"macs": 600_000_000, "memory": 50.0, "traffic": 80.0}
    del record["targets"]  # as older versions wrote it
    assert targets_in(record) == TWO


def test_a_folder_is_one_search(tmp_path: Path) -> None:
    record = record_of(CONFIG, GROUNDS)
    assert claim(tmp_path, record) == CONFIG.batch
    assert claim(tmp_path, {**record, "batch": 99}) == CONFIG.batch
    assert digest({**record, "batch": 99}) == digest(record)
    for changes, key in (
        ({"seed": 1}, "seed"),
        ({"targets": TWO}, "further"),
        ({"limits": {"macs": 1e9}}, "max_macs"),
        ({"limits": {"traffic": 1e9}}, "limits"),
    ):
        with pytest.raises(UserError, match=rf"holds another search \(differs in {key}\)"):
            claim(tmp_path, record_of(replace(CONFIG, **changes), GROUNDS))
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(UserError, match="is no JSON of a search"):
        claim(tmp_path, record)
