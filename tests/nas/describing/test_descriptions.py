"""Devices, spaces and architectures as values."""

from nas.describing.descriptions import describe_arch, described_devices, described_spaces
from search_space import SPACES, arch_cost, named_space, operators, published


def test_an_architecture_adds_up() -> None:
    arch = published("mit-b1")
    found = describe_arch(arch)
    rows = [row for level in found.levels for row in level.operators]
    assert sum(row.count for row in rows) == len(operators(arch))
    assert sum(row.count * row.parameters for row in rows) == found.parameters == arch_cost(arch).parameters
    assert sum(row.count * row.macs for row in rows) == found.macs
    assert found.published is not None
    assert found.latency is None
    assert "latency" not in found.to_json()


def test_a_latency_says_what_it_is() -> None:
    latency = describe_arch(published("mit-b1"), device="jetson", confidence=0.9).latency
    assert latency is not None
    assert latency.low_ms < latency.p50_ms < latency.high_ms
    assert (latency.device, latency.origin) == ("jetson-agx-orin", "calibrated")
    assert latency.caution is not None


def test_spaces_are_what_they_are_called_by() -> None:
    assert [each.name for each in described_spaces()] == list(SPACES)
    for each in described_spaces():
        assert each.size == named_space(each.name).size
        assert each.macs[0] < each.macs[1]


def test_devices_say_where_their_latencies_come_from() -> None:
    found = {each.name: each for each in described_devices()}
    assert (found["jetson-agx-orin"].origin, found["jetson-agx-orin"].rows > 0) == ("calibrated", True)
    assert found["jetson-agx-orin"].caution is not None
