"""The record of the machine."""

import json

import numpy as np

from nas.measuring.environment import environment, warnings_of


def test_the_environment_is_plain_json() -> None:
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert found["cores"] >= 1
    assert found["versions"]["numpy"] == np.__version__


def test_a_busy_machine_is_told() -> None:
    quiet = environment() | {"governor": "performance", "load_1min": 0.0, "hypervisor": False}
    assert warnings_of(quiet) == []
    assert "governor" in warnings_of(quiet | {"governor": "powersave"})[0]
    assert "load is 9" in warnings_of(quiet | {"load_1min": 9.0, "cores": 2})[0]
