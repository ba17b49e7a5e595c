"""What tells one machine from another, and whether it slowed itself down."""

import json

import pytest

from nas.measuring.runner.machine import machine_name, machine_state, probe, throttled


def test_a_machine_is_named_by_what_is_known_of_it() -> None:
    assert machine_name({"machine_id": "ab", "board": "", "cpu_model": "Z80", "cores": 1}) == "ab/Z80/1"
    assert machine_name({}) == ""


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([{}, {}], False),
        ([{"throttled": "throttled=0x0"}], False),
        ([{"throttled": "throttled=0x50000"}], True),
        ([{"throttle_counts": [1, 2]}, {"throttle_counts": [1, 2]}], False),
        ([{"throttle_counts": [1, 2]}, {"throttle_counts": [1, 3]}], True),
    ],
)
def test_throttling_shows_in_bits_and_in_counters_that_move(states: list[dict[str, object]], expected: bool) -> None:
    assert throttled(states) == expected


def test_a_machine_says_the_same_of_itself_twice_and_in_json() -> None:
    first, second = probe(), probe()
    assert machine_name(first) == machine_name(second) != ""
    assert json.loads(json.dumps(first)) == first
    assert machine_state().keys() <= first.keys()
