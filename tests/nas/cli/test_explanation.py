"""Where a latency goes, as bars."""

import pytest

from nas.cli.explanation import bars, print_explanation
from nas.runs import Explanation, OperatorLatency


def part(path: str, kind: str, ms: float) -> OperatorLatency:
    return OperatorLatency(path=path, kind=kind, latency_ms=ms, share=ms / 4)


EXPLANATION = Explanation(
    operators=(
        part("levels.2.downsample", "conv_downsample", 0.5),
        part("levels.2.blocks.0", "mbconv", 1.0),
        part("levels.2.blocks.1", "mbconv", 1.5),
        part("head", "mit_head", 0.75),
    ),
    fixed_ms=0.25,
    by_kind={"mbconv": 0.625, "mit_head": 0.1875, "conv_downsample": 0.125},
    closest=(("mit-b1", 1.5),),
)


def test_equal_blocks_of_a_level_are_one_bar() -> None:
    assert bars(EXPLANATION) == [
        ("2.downsample conv", 1, 0.5),
        ("2 mbconv", 2, 2.5),
        ("mit head", 1, 0.75),
        ("fixed", 1, 0.25),
    ]


def test_bars_are_printed_with_their_shares(capsys: pytest.CaptureFixture[str]) -> None:
    print_explanation(EXPLANATION, "cpu", 4.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "latency on cpu by block:"
    assert [line.split()[-2] for line in lines if "mbconv" in line][:1] == ["62%"]
    assert lines[-2:] == ["most of it: mbconv, 62%", "most like it among the measured: mit-b1 (1.5 ms)"]
