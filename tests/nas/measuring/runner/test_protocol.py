"""The settings of the protocol."""

import pytest

from nas.measuring.runner.protocol import MeasuringProtocol


@pytest.mark.parametrize(
    ("name", "value"), [("rounds", 1), ("threads", 0), ("max_runs", 2), ("visit_ms", float("nan")), ("visit_ms", 0.0)]
)
def test_an_impossible_protocol_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be"):
        MeasuringProtocol(**{name: value})  # type: ignore[arg-type]
