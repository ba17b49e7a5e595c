"""Networks in words and plain values; what comes from outside is escaped."""

import json
from dataclasses import replace

import pytest

from nas.report.describe import block_types, details, hover, level_words
from nas.runs import NetworkRow
from search_space import ArchConfig, published

ROW = NetworkRow(
    arch_id="0123456789abcdef",
    name="tiny<net>",
    accuracy=75.125,
    accuracy_low=74.0,
    accuracy_high=76.0,
    accuracy_origin="published",
    latency_p50_ms=1.2345,
    latency_low_ms=1.0,
    latency_high_ms=1.5,
    latency_origin="calibrated",
    latency_extrapolated=True,
    parameters=2_000_000,
    macs=1_234_000_000,
    resolution="192x192",
    attention_types="<none>",
    published=True,
    kind="rival",
)


def test_hovering_says_what_is_known_and_how() -> None:
    assert hover(ROW).split("<br>") == [
        "<b>tiny&lt;net&gt;</b> 0123456789abcdef (another library)",
        "accuracy 75.12 % (74.00 to 76.00), published",
        "latency 1.23 ms (1 to 1.5), calibrated, extrapolated",
        "2.00 M parameters, 1,234 MMACs, 192x192 px",
        "attention &lt;none&gt;",
    ]


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(ROW, accuracy_low=None, latency_high_ms=None, macs=None, attention_types="", kind="found")
    assert hover(bare).split("<br>") == [
        "<b>tiny&lt;net&gt;</b> 0123456789abcdef",
        "accuracy 75.12 %, published",
        "latency 1.23 ms, calibrated, extrapolated",
    ]


@pytest.mark.parametrize("name", ["mit-b1", "msra-m4"])
def test_an_architecture_is_told_level_by_level(name: str) -> None:
    arch = published(name)
    lines = hover(replace(ROW, arch=arch)).split("<br>")
    words = [line.partition(": ")[2] for line in lines if line.startswith("stride ")]
    assert words == [level_words(level) for level in arch.levels]
    for level, said in zip(arch.levels, words, strict=True):
        assert f"width {level.width}" in said
        assert said.startswith(f"{level.depth} x {block_types(level)}, " if level.depth else level.downsample.type)


def test_details_hold_the_whole_architecture() -> None:
    arch = published("mit-b1")
    found = details(replace(ROW, arch=arch, remark="distilled", latency_measured_ms=1.25))
    assert ArchConfig.from_json(json.dumps(found["json"])) == arch
    assert [row[0] for row in found["levels"]] == [str(level.stride) for level in arch.levels]
    facts = dict(found["facts"])
    assert facts["accuracy (published)"] == "75.12 % (74.00 to 76.00)"
    assert facts["latency (calibrated)"] == "1.234 ms (1 to 1.5), extrapolated"
    assert facts["latency (measured)"] == "1.25 ms"
    assert (facts["parameters"], facts["MACs"]) == ("2,000,000", "1,234,000,000")
    assert facts["training"] == "distilled"
    assert "weights" not in facts


def test_a_network_of_another_library_has_no_levels() -> None:
    found = details(ROW)
    assert (found["levels"], found["head"], found["json"]) == ([], "", None)
