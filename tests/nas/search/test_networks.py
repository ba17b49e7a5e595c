"""What is known of architectures and of networks of other libraries alike."""

from nas.archs import attention_types
from nas.search.networks import OtherNetwork, network_attention, network_name, network_size
from search_space import SearchSpace, published
from supernet import build


def test_of_another_library_by_its_figures(other: OtherNetwork) -> None:
    assert network_name(other) == "tinynet.in1k"
    assert network_attention(other) == "tinynet"
    assert network_size(other) == (2_000_000, 100_000_000)


def test_of_an_architecture_by_what_it_is(tiny_space: SearchSpace) -> None:
    b0, tiny = published("mit-b0"), tiny_space.smallest()
    assert network_name(b0) == "mit-b0"
    assert network_attention(b0) == attention_types(b0) != ""
    assert tiny.arch_id.startswith(network_name(tiny))
    assert network_size(tiny)[0] == sum(each.numel() for each in build(tiny).parameters())
