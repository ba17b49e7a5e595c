"""Where a network's latency goes, there and back."""

import json

import pytest

from nas.runs import Blocks, Explanation, OperatorLatency
from nas.runs.fields import Fields

EXPLANATION = Explanation(
    operators=(OperatorLatency(path="levels.2.blocks.0", kind="mbconv", latency_ms=0.5, share=0.25),),
    fixed_ms=0.1,
    by_kind={"mbconv": 0.75, "conv_downsample": 0.25},
    closest=(("mit-b1", 1.5),),
)


def test_blocks_come_back_with_the_largest_kind_first() -> None:
    there = Blocks(arch_id="abcd", device="cpu", explanation=EXPLANATION)
    again = Blocks.from_json(Fields(json.loads(json.dumps(there.to_json(), sort_keys=True)), "here"))
    assert again == there
    assert list(again.explanation.by_kind) == ["mbconv", "conv_downsample"]


@pytest.mark.parametrize(("name", "value"), [("latency_ms", "x"), ("path", 3)])
def test_an_operator_that_does_not_fit_is_named(name: str, value: object) -> None:
    broken = EXPLANATION.to_json()
    broken["operators"][0][name] = value
    with pytest.raises(ValueError, match=f"here, row 0 of operators, column {name}: must be "):
        Explanation.from_json(Fields(broken, "here"))
