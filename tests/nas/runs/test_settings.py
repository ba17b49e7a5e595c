"""What was asked, there and back."""

import json
from dataclasses import asdict

import pytest

from nas.runs import Settings
from nas.runs.fields import Fields
from nas.search.config import SearchConfig


def test_every_setting_of_a_search_comes_back() -> None:
    config = SearchConfig(
        device="a", space="digits", budget_ms=10, further=(("b", 20.0),), objectives=("macs",), latency="by hand"
    )
    plain = json.loads(json.dumps(asdict(config)))
    found = Settings.from_json(Fields(asdict(config), "here"))
    assert found.to_json() == plain
    assert Settings.from_json(Fields(plain, "here")) == found
    assert (found.device, found.budget_ms, found.further, found.latency) == ("a", 10, (("b", 20.0),), "by hand")


def test_an_older_run_says_less() -> None:
    found = Settings.from_json(Fields({"budget_ms": 0, "space": None}, "here"))
    assert found == Settings(others={})
    assert found.device is found.budget_ms is found.seed is None


@pytest.mark.parametrize(("name", "value"), [("further", [3]), ("trials", 1.5), ("device", 3), ("budget_ms", "1")])
def test_a_setting_that_does_not_fit_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"here, column {name}: must be "):
        Settings.from_json(Fields({name: value}, "here"))
