"""What was asked, there and back."""

import json

import pytest

from nas.runs import Asked, Settings
from nas.runs.fields import Fields
from nas.search.config import SearchConfig
from nas.search.record import Grounds, record_of, with_targets
from nas.search.targets import targets_of


def test_every_setting_of_a_search_comes_back() -> None:
    targets = targets_of(("a", "b"), (10, "20ms"))
    config = SearchConfig(targets=targets, space="digits", trials=9, objectives=("macs",))
    record = with_targets(record_of(config, Grounds(latency="by hand")))
    plain = json.loads(json.dumps(record))
    found = Settings.from_json(Fields(record, "here"))
    assert found.to_json() == plain
    assert Settings.from_json(Fields(plain, "here")) == found
    assert found.targets == (Asked(device="a", budget_ms=10), Asked(device="b", budget_ms=20.0))
    assert (found.device, found.budget_ms, found.devices, found.latency) == ("a", 10, ("a", "b"), "by hand")


def test_targets_are_read_as_older_versions_wrote_them() -> None:
    older = {"device": "a", "budget_ms": 10.0, "further": [["b", 20.0]]}
    found = Settings.from_json(Fields(older, "here"))
    assert found.targets == (Asked(device="a", budget_ms=10.0), Asked(device="b", budget_ms=20.0))
    assert Settings.from_json(Fields(found.to_json(), "here")) == found
    alone = Settings.from_json(Fields({"device": "a", "budget_ms": 0}, "here"))
    assert alone.targets == (Asked(device="a", budget_ms=None),)


def test_an_older_run_says_less() -> None:
    found = Settings.from_json(Fields({"budget_ms": 0, "space": None}, "here"))
    assert found == Settings(others={})
    assert found.device is found.budget_ms is found.seed is None


@pytest.mark.parametrize(
    ("name", "value"), [("further", [3]), ("targets", 3), ("trials", 1.5), ("device", 3), ("budget_ms", "1")]
)
def test_a_setting_that_does_not_fit_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"here, column {name}: must be "):
        Settings.from_json(Fields({name: value}, "here"))
