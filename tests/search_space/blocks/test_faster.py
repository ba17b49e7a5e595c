"""FasterNet's block: counts by hand, and what its genes mean."""

from search_space.blocks import Faster, FasterChoices


def test_counts_by_hand() -> None:
    """8 channels on 3x5, 2 of which are convolved; ratio 2."""
    found = Faster(expand=2, share=4).cost((8, 3, 5), "relu")
    assert found.macs_dense == 2 * 2 * 9 * 15
    assert found.macs_pointwise == 2 * (8 * 16 * 15)
    assert found.parameters == 2 * 2 * 9 + 8 * 16 + 2 * 16 + 16 * 8
    assert found.kernels == 3


def test_at_least_one_channel_is_convolved() -> None:
    assert Faster(share=4).cost((3, 2, 2), "relu").macs_dense == 9 * 4


def test_genes() -> None:
    choices = FasterChoices(expands=(2, 3), shares=(4, 2))
    assert choices.genes() == {"expand": (2, 3), "faster.share": (4, 2)}
    assert choices.decode({"expand": 1, "faster.share": 0}, None) == Faster(expand=3, share=4)
    assert list(choices.covering(None)) == [Faster(expand=3, share=2)]
