"""Advice about the clocks, and that nothing is fixed unasked."""

import pytest

from nas.measuring.runner.clocks import clock_advice, clocks_as_they_are


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ({"power_mode": "MAXN", "governor": "schedutil"}, ["sudo nvpmodel -m 0", "sudo jetson_clocks"]),
        ({"power_mode": "", "governor": "powersave"}, ["sudo cpupower frequency-set -g performance"]),
        ({"power_mode": "", "governor": "performance"}, []),
        ({"power_mode": "", "governor": ""}, []),
    ],
)
def test_advice_is_that_of_the_machine(machine: dict[str, str], expected: list[str]) -> None:
    assert clock_advice(machine) == expected


def test_nothing_is_done_unasked() -> None:
    with clocks_as_they_are() as done:
        assert done == []
