"""What is chosen: by promise or by pattern, and no more than fits into the time."""

import pytest

from nas.errors import UserError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.rivals.choice import by_promise, chosen, eligible, matching
from nas.rivals.plan import within

PROTOCOL = MeasuringProtocol()
ASKED = {"models": 5, "pattern": None, "pretraining": "in1k", "passes": 1, "seconds": None, "build_s": 1.0}


def test_the_most_promising_or_all_of_a_pattern() -> None:
    models = eligible("in1k")
    assert chosen([], PROTOCOL, **ASKED) == (by_promise(models)[:5], [])  # type: ignore[arg-type]
    found, _ = chosen([], PROTOCOL, **ASKED | {"pattern": "levit*"})  # type: ignore[arg-type]
    assert found == matching("levit*", models)
    assert len(found) > 5 or {model.architecture.split("_")[0] for model in found} == {"levit"}


def test_a_time_takes_the_first_that_fit() -> None:
    first = by_promise(eligible("in1k"))[:5]
    found, own = chosen([], PROTOCOL, **ASKED | {"seconds": 120.0})  # type: ignore[arg-type]
    assert (found, own) == within(first, [], PROTOCOL, passes=1, seconds=120.0, build_s=1.0)
    assert found == first[: len(found)]
    with pytest.raises(UserError, match="is too short"):
        chosen([], PROTOCOL, **ASKED | {"seconds": 0.01})  # type: ignore[arg-type]
