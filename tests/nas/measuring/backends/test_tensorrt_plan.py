"""Plans of engines and profiles of their layers, on stored JSON."""

import json
from dataclasses import replace

import pytest

from nas.measuring.backends.tensorrt_plan import (
    EnginePlan,
    cache_name,
    format_profile,
    layer_times,
    parse_profile,
    unsupported,
)

PROFILE = """[
  { "count" : 20 }
, { "name" : "conv_0 + hardswish_1", "timeMs" : 6.0, "averageMs" : 0.3, "medianMs" : 0.29, "percentage" : 75 }
, { "name" : "{ForeignNode[matmul_7...div_12]}", "timeMs" : 2.0, "averageMs" : 0.1, "percentage" : 25 }
]"""  # the form that --exportProfile has in TensorRT 10.3's samples/common/sampleReporting.cpp


def test_a_stored_profile_of_trtexec_is_read_and_written_again() -> None:
    layers = parse_profile(PROFILE)
    assert [(found.name, found.ms, found.share) for found in layers] == [
        ("conv_0 + hardswish_1", 0.3, 0.75),
        ("{ForeignNode[matmul_7...div_12]}", 0.1, 0.25),
    ]
    assert parse_profile(json.dumps(format_profile(layers, runs=20))) == layers


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"timeMs" : 6.0', '"timeMs" : NaN', "took nan ms"),
        ('"timeMs" : 6.0', '"timeMs" : -6.0', "took -6.0 ms"),
        ('"timeMs" : 6.0', '"timeMs" : "6"', "layer 0 of the profile has"),
        ('"timeMs" : 2.0', '"time" : 2.0', "layer 1 of the profile has"),
        ('{ "count" : 20 }', '{ "count" : 0 }', "count of runs is 0"),
        ('{ "count" : 20 }\n,', "", "first entry must hold the count"),
    ],
)
def test_a_broken_profile_is_refused(old: str, new: str, reason: str) -> None:
    assert old in PROFILE
    with pytest.raises(ValueError, match=reason):
        parse_profile(PROFILE.replace(old, new))


def test_plans_and_names() -> None:
    assert cache_name(gpu="Orin (nvgpu)", capability=(8, 7), version="10.3.0") == "orin-nvgpu-sm87-10.3.0.cache"
    assert unsupported("11.4.0.106") == ""
    assert [found.ms for found in layer_times([("a", 1.0), ("b", 2.0), ("a", 3.0)], runs=2)] == [2.0, 1.0]
    with pytest.raises(ValueError, match="no layer took any time"):
        layer_times([], runs=1)
    with pytest.raises(ValueError, match="optimization_level must be from 0 to 5, got 6"):
        replace(EnginePlan(batch=1), optimization_level=6)
    with pytest.raises(ValueError, match="'beta', which begins with no number"):
        unsupported("beta")
