"""Choices of one level against brute force: genes, canonical indices, numbers of distinct levels."""

import pickle
from itertools import product

import pytest

from search_space import LevelChoices, LevelConfig
from search_space.attention import LinearAttentionChoices
from search_space.blocks import DSConv, DSConvChoices, EViTChoices, MBConv, MBConvChoices, SandwichChoices
from search_space.choices import attention_options
from search_space.downsamples import ConvDownsample, DownsampleConfig, MBConvDownsample

LINEAR = LinearAttentionChoices(head_dims=(4, 8), head_ratios=(0.5, 1.0), scales=((), (3,)))
CHOICES = {
    "one block": LevelChoices(stride=2, widths=(8, 16), depths=(0, 1, 2), blocks=(DSConvChoices(kernels=(3, 5)),)),
    "no blocks": LevelChoices(stride=2, widths=(8, 16)),
    "optional": LevelChoices(
        stride=4,
        widths=(8, 12),
        depths=(0, 2),
        downsamples=(ConvDownsample(), MBConvDownsample(expand=2)),
        blocks=(EViTChoices(expands=(1, 2), attentions=(None, LINEAR)), MBConvChoices(expands=(1, 2))),
        optional=True,
    ),
    "alternating": LevelChoices(
        stride=2,
        widths=(8,),
        depths=(1, 2, 3),
        blocks=(
            (
                DSConvChoices(kernels=(3, 5)),
                SandwichChoices(expands=(1, 2), kernels=(3, 5), attentions=(None, LINEAR)),
            ),
            DSConvChoices(kernels=(3, 5)),
        ),
    ),
}


def every(choices: LevelChoices) -> list[tuple[int, ...]]:
    return list(product(*(range(len(gene.choices)) for gene in choices.genes)))


@pytest.mark.parametrize("name", CHOICES)
def test_the_number_of_distinct_levels_is_exact(name: str) -> None:
    choices = CHOICES[name]
    assert choices.size == len({choices.decode(indices) for indices in every(choices)})


@pytest.mark.parametrize("name", CHOICES)
def test_canonical_indices_decode_to_the_level_and_are_their_own(name: str) -> None:
    choices = CHOICES[name]
    for level in {choices.decode(indices) for indices in every(choices)}:
        canonical = choices.encode(level)
        assert choices.decode(canonical) == level
        assert choices.encode(choices.decode(canonical)) == canonical


def test_sizes_by_hand() -> None:
    assert CHOICES["one block"].size == 2 * (1 + 2 + 2)
    assert CHOICES["no blocks"].size == 2
    assert CHOICES["optional"].size == 2 * sum(1 + 2 + 2 * len(attention_options(LINEAR, w)) for w in (8, 12)) + 1


def test_settings_that_give_the_same_attention_are_one() -> None:
    """8 channels: heads of 4 in half or whole share are 1 or 2, heads of 8 are 1 in either."""
    assert len(attention_options(LINEAR, 8)) == (2 + 1) * 2
    assert all(LINEAR.decode(indices, 8) == found for found, indices in attention_options(LINEAR, 8).items())


def test_genes_have_the_name_of_their_level() -> None:
    names = [gene.name for gene in CHOICES["one block"].genes]
    assert names[:5] == [f"levels.2.{name}" for name in ("present", "width", "depth", "downsample", "block")]
    assert CHOICES["one block"].choices["kernel"] == (3, 5)
    assert CHOICES["one block"].choices["expand"] == (1,)
    assert [name for name in CHOICES["optional"].place if "." in name] == [
        "linear.head_dim",
        "linear.head_ratio",
        "linear.scales",
    ]


def test_a_level_that_is_left_out() -> None:
    choices = CHOICES["optional"]
    assert choices.decode((0,) * len(choices.genes)) is None
    assert set(choices.encode(None)) == {0}
    with pytest.raises(ValueError, match="level at stride 2 is missing"):
        CHOICES["one block"].encode(None)


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (LevelConfig(stride=2, width=9), r"width 9 is not among \(8, 16\)"),
        (LevelConfig(stride=2, width=8, depth=3, blocks=(DSConv(),)), r"depth 3 is not among \(0, 1, 2\)"),
        (LevelConfig(stride=2, width=8, depth=1, blocks=(DSConv(kernel=7),)), r"kernel 7 is not among \(3, 5\)"),
        (LevelConfig(stride=2, width=8, depth=1, blocks=(MBConv(),)), "block 'mbconv' is not among"),
    ],
)
def test_a_level_that_is_not_offered_is_named(level: LevelConfig, message: str) -> None:
    with pytest.raises(ValueError, match=f"level at stride 2: {message}"):
        CHOICES["one block"].encode(level)


def test_choices_that_cannot_be_are_refused() -> None:
    class Quarter(MBConvDownsample):
        stride = 4  # type: ignore[assignment]

    downsamples: tuple[DownsampleConfig, ...] = (ConvDownsample(), Quarter())
    with pytest.raises(ValueError, match="level at stride 2: its downsamples must have one stride"):
        LevelChoices(stride=2, widths=(8,), downsamples=downsamples)
    with pytest.raises(ValueError, match=r"depths \(0, 1\) need blocks"):
        LevelChoices(stride=2, widths=(8,), depths=(0, 1))
    with pytest.raises(ValueError, match="its blocks offer different choices of kernel"):
        LevelChoices(
            stride=2,
            widths=(8,),
            depths=(1,),
            blocks=(DSConvChoices(kernels=(3,)), MBConvChoices(expands=(1,), kernels=(3, 5))),
        )


def test_other_choices_go_to_the_blocks_that_have_them() -> None:
    found = CHOICES["alternating"].offering({"kernels": (3,), "expands": (1,)})
    assert (found.block_genes["kernel"], found.block_genes["expand"]) == ((3,), (1,))
    assert found.widths == (8,)


def test_covering_levels_hold_every_level() -> None:
    """Depthwise kernels of 3 are the centre of those of 5, narrower and shallower levels are part of the largest."""
    choices = CHOICES["one block"]
    (found,) = [level for level in choices.covering() if level.width == 16]
    assert found == LevelConfig(stride=2, width=16, depth=2, blocks=(DSConv(kernel=5),))


def test_what_is_remembered_stays_at_home() -> None:
    choices = CHOICES["optional"]
    assert choices.size > 1
    again = pickle.loads(pickle.dumps(choices))
    assert again == choices
    assert set(vars(again)) == {"stride", "widths", "depths", "downsamples", "blocks", "optional"}
