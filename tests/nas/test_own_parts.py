"""Parts that are defined here alone go the whole way, and no latency of them looks like a measured one."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

import search_space.attention
import search_space.blocks
import search_space.downsamples
import supernet.attention
import supernet.blocks
import supernet.downsamples
from nas.checkup import ALL_CHECKS
from nas.cli.explain import explain
from nas.cli.fit import fit
from nas.cli.report import report
from nas.cli.show import show
from nas.deploy.exporting import export_network
from nas.devices import Device, remember_device
from nas.report.describe import level_words
from nas.report.preferences import preferences
from nas.search import SearchConfig, Target, find
from nas.words import gene_words, value_words
from predictors import (
    AccuracyPrior,
    KnownDevices,
    LatencyPredictor,
    LatencyTable,
    analytic_predictors,
    calibrated_predictor,
    fit_latency,
    fit_transfer,
    load_predictor,
)
from predictors.batched.priors import GenotypePriors, fast_latency
from predictors.latency.measured import FittedPredictor, fitted_from_record
from predictors.latency.table import LatencyRow, key_hash
from search_space import (
    SPACES,
    ArchConfig,
    Canonical,
    LevelChoices,
    OperatorSpec,
    SearchSpace,
    arch_cost,
    named_space,
    network_traits,
    operator_from_json,
    operators,
    published,
)
from search_space.attention import AttentionChoices, AttentionConfig, LinearAttentionChoices
from search_space.blocks import BlockChoices, BlockConfig
from search_space.checks import check_int
from search_space.costs import SMOOTH_ACTIVATIONS, Cost, conv, out_size, product, total
from search_space.downsamples import DownsampleConfig
from search_space.parts import Shape
from search_space.spaces import NamedSpace
from supernet import Supernet, build
from supernet.coordinates import Coordinates, coordinates
from supernet.doctor import examine, find_space
from supernet.doctor.around import around_attention
from supernet.layers import ACTIVATIONS, ConvUnit

DIGITS = Path(__file__).parents[2] / "results" / "latency" / "cpu-digits"


@dataclass(frozen=True, kw_only=True)
class SingleHead(AttentionConfig):
    """One head of softmax attention over the whole map."""

    type: ClassVar[str] = "own_head"
    traits: ClassVar[frozenset[str]] = frozenset({"softmax"})

    key_dim: int

    def __post_init__(self) -> None:
        check_int("key_dim", self.key_dim, low=1)

    def cost(self, width: int, height: int, map_width: int, activation: str) -> Cost:
        del activation
        tokens = height * map_width
        return total(
            conv(width, 2 * self.key_dim + width, 1, height, map_width),
            product(1, tokens, self.key_dim, tokens),
            product(1, width, tokens, tokens),
            Cost(attention_kernels=2, softmax_elements=tokens * tokens),
            conv(width, width, 1, height, map_width),
        )


@dataclass(frozen=True, kw_only=True)
class SingleHeadChoices(AttentionChoices):
    type: ClassVar[str] = "own_head"

    key_dims: tuple[int, ...]

    def genes(self) -> dict[str, tuple[object, ...]]:
        return {"key_dim": self.key_dims}

    def decode(self, indices: Mapping[str, int], width: int) -> SingleHead:
        del width
        return SingleHead(key_dim=self.key_dims[indices["key_dim"]])


class SingleHeadBlock(nn.Module):
    def __init__(
        self, config: SingleHead, width: int, *, activation: str, norm_eps: float, attention_eps: float
    ) -> None:
        super().__init__()
        del activation, attention_eps
        self.parts = (config.key_dim, config.key_dim, width)
        self.qkv = ConvUnit(width, sum(self.parts), norm_eps=norm_eps)
        self.proj = ConvUnit(width, width, norm_eps=norm_eps, zero_gamma=True)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        q, k, v = (part.flatten(2) for part in self.qkv(x_BCHW).split(self.parts, dim=1))
        scores = (q.transpose(1, 2) @ k * self.parts[0] ** -0.5).softmax(dim=-1)
        out: Tensor = self.proj((v @ scores.transpose(1, 2)).reshape(x_BCHW.shape))
        return out

    def coordinates(self) -> Coordinates:
        rows = tuple((part, i) for part, size in enumerate(self.parts) for i in range(size))
        found = coordinates(self, own=False)
        found["qkv.conv.weight"] = (rows, range(self.parts[2]), range(1), range(1))
        found["qkv.norm.weight"] = found["qkv.norm.bias"] = (rows,)
        return found


# A block: a convolution of some channels, then an inverted bottleneck without depthwise convolution; two alternate


@dataclass(frozen=True, kw_only=True)
class PartialBlock(BlockConfig):
    """x + project(expand(x with its first channels convolved)), as FasterNet's (arXiv 2303.03667)."""

    type: ClassVar[str] = "own_block"
    nested_genes: ClassVar[tuple[str, ...]] = ()  # channels that are not convolved pass as they are

    share: int = 4

    def __post_init__(self) -> None:
        check_int("share", self.share, low=1)

    def cost(self, shape: Shape, activation: str) -> Cost:
        (n, h, w), some = shape, max(1, shape[0] // self.share)
        return total(
            conv(some, some, 3, h, w, norm=False),
            conv(n, 2 * n, 1, h, w, activation=activation),
            conv(2 * n, n, 1, h, w, norm=False),
        )

    @classmethod
    def small(cls) -> "PartialChoices":
        return PartialChoices(shares=(4, 2))


@dataclass(frozen=True, kw_only=True)
class PartialChoices(BlockChoices):
    type: ClassVar[str] = "own_block"

    shares: tuple[int, ...]

    def genes(self) -> dict[str, tuple[object, ...]]:
        return {"own_block.share": self.shares}

    def decode(self, indices: Mapping[str, int], attention: AttentionConfig | None) -> PartialBlock:
        del attention
        return PartialBlock(share=self.shares[indices["own_block.share"]])


class Partial(nn.Module):
    def __init__(self, config: PartialBlock, op: OperatorSpec) -> None:
        super().__init__()
        n = op.in_channels
        self.some = max(1, n // config.share)
        self.partial = nn.Conv2d(self.some, self.some, 3, padding=1, bias=False)
        self.expand = ConvUnit(n, 2 * n, activation=op.activation, norm_eps=op.norm_eps)
        self.project = nn.Conv2d(2 * n, n, 1, bias=False)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        mixed = torch.cat([self.partial(x_BCHW[:, : self.some]), x_BCHW[:, self.some :]], dim=1)
        out: Tensor = x_BCHW + self.project(self.expand(mixed))
        return out


# A downsample of stride 4: patches of 4x4 pixels


@dataclass(frozen=True, kw_only=True)
class Patches(DownsampleConfig):
    """One convolution of stride 4 on 4x4 patches, a map that does not divide padded, as FasterNet's stem."""

    type: ClassVar[str] = "own_patches"

    @property
    def stride(self) -> int:
        return 4

    def cost(self, shape: Shape, out_channels: int, activation: str) -> Cost:
        channels, height, width = shape
        rows, columns = out_size(height, 4), out_size(width, 4)
        weights, macs = 16 * channels * out_channels, 16 * channels * out_channels * rows * columns
        return Cost(
            macs_dense=macs,
            parameters=weights + 2 * out_channels,
            weights=weights + out_channels,
            activations=channels * height * width + out_channels * rows * columns,
            kernels=1,
            smooth_elements=out_channels * rows * columns * (activation in SMOOTH_ACTIVATIONS),
        )


class PatchesDownsample(nn.Module):
    def __init__(self, config: Patches, op: OperatorSpec) -> None:
        super().__init__()
        del config
        self.conv = nn.Conv2d(op.in_channels, op.out_channels, 4, stride=4, bias=False)
        self.norm = nn.BatchNorm2d(op.out_channels, eps=op.norm_eps)
        self.activation = op.activation

    def forward(self, x_BCHW: Tensor) -> Tensor:
        height, width = x_BCHW.shape[-2:]
        x_BCHW = F.pad(x_BCHW, (0, -width % 4, 0, -height % 4))
        return ACTIVATIONS[self.activation](self.norm(self.conv(x_BCHW)))

    def fold_own_norm(self) -> None:
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv, self.norm = fuse_conv_bn_eval(self.conv, self.norm), nn.Identity()  # type: ignore[assignment]


# The entries that they take, and a space for each


@dataclass(frozen=True, kw_only=True)
class Own:
    """A part: its trait, its two entries, and how a space comes to offer it."""

    trait: str
    entries: tuple[tuple[Any, str, object], ...]
    offer: Callable[[SearchSpace], tuple[LevelChoices, ...]]
    published: Callable[[ArchConfig], ArchConfig]
    words: str


def _with_attention(space: SearchSpace) -> tuple[LevelChoices, ...]:
    """The new type in the place of cascaded group attention."""
    levels = []
    for level in space.levels:
        linear = [each for each in level.attentions if isinstance(each, LinearAttentionChoices)]
        levels.append(
            level.offering({"attentions": (None, *linear, SingleHeadChoices(key_dims=(8, 16)))} if linear else {})
        )
    return tuple(levels)


def _with_block(space: SearchSpace) -> tuple[LevelChoices, ...]:
    """The new block, and it and another one by turns, beside what convolutional levels repeat otherwise."""
    first, second, *rest = space.levels
    own = PartialChoices(shares=(4, 2))
    return first, replace(second, blocks=(*second.blocks, own, (own, *second.blocks))), *rest


def _with_patches(space: SearchSpace) -> tuple[LevelChoices, ...]:
    """Patches in the place of the first level and of what leads to the second."""
    _, second, *rest = space.levels
    return replace(second, downsamples=(Patches(),)), *rest


def _heads(arch: ArchConfig) -> ArchConfig:
    levels = [each.with_attention(each.attention and SingleHead(key_dim=16)) for each in arch.levels]
    return replace(arch, levels=tuple(levels))


def _blocks(arch: ArchConfig) -> ArchConfig:
    first, second, *rest = arch.levels
    return replace(arch, levels=(first, replace(second, depth=1, blocks=(PartialBlock(),)), *rest))


def _patches(arch: ArchConfig) -> ArchConfig:
    _, second, *rest = arch.levels
    return replace(arch, levels=(replace(second, downsample=Patches()), *rest))


OWN = {
    "own_head": Own(
        trait="own_head_attention",
        entries=(
            (search_space.attention.ATTENTION, "own_head", SingleHead),
            (supernet.attention.ATTENTION, "own_head", SingleHeadBlock),
        ),
        offer=_with_attention,
        published=_heads,
        words="own head",
    ),
    "own_block": Own(
        trait="own_block",
        entries=(
            (search_space.blocks.BLOCKS, "own_block", PartialBlock),
            (supernet.blocks.BLOCKS, "own_block", Partial),
        ),
        offer=_with_block,
        published=_blocks,
        words="own block",
    ),
    "own_patches": Own(
        trait="own_patches",
        entries=(
            (search_space.downsamples.DOWNSAMPLES, "own_patches", Patches),
            (supernet.downsamples.DOWNSAMPLES, "own_patches", PatchesDownsample),
        ),
        offer=_with_patches,
        published=_patches,
        words="own patches",
    ),
}
every_part = pytest.mark.parametrize("part", OWN)


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """The parts and spaces that offer them: these are all the entries it takes."""
    with pytest.MonkeyPatch.context() as patch:
        for part, own in OWN.items():
            for registry, name, entry in own.entries:
                patch.setitem(registry, name, entry)
            for base in ("digits", "efficientvit"):
                space = offering(part, base)
                patch.setitem(
                    SPACES, space.name, NamedSpace(build=partial(_same, space), spans="", supernet_parameters=1)
                )
        yield


def _same(space: SearchSpace) -> SearchSpace:
    return space


@cache
def offering(part: str, base: str = "digits") -> SearchSpace:
    """That space with the part on offer, without published members that are not in it any more."""
    space = replace(named_space(base), name=f"{part}-{base}", levels=OWN[part].offer(named_space(base)))
    kept = tuple(name for name in space.members if named_space(base).published_members[name] in space)
    return replace(space, members=kept)


def has(arch: ArchConfig, part: str) -> bool:
    return OWN[part].trait in network_traits(arch)


def drawn(part: str, count: int, *, own: bool | None = None, seed: int = 0, base: str = "digits") -> list[ArchConfig]:
    """Random members, of those with the part or those without it; half and half where `own` is None."""
    if own is None:
        half = count // 2
        return drawn(part, half, own=True, seed=seed, base=base) + drawn(
            part, count - half, own=False, seed=seed, base=base
        )
    rng, found = np.random.default_rng(seed), dict[ArchConfig, None]()
    space = offering(part, base) if own else named_space(base)
    while len(found) < count:
        arch = space.sample(rng)
        if has(arch, part) == own:
            found[arch] = None
    return list(found)


def table(part: str, *, own: bool | None, blocks: int = 0, base: str = "digits") -> LatencyTable:
    """Rows of members of a space: 60 us + 10 us a kernel + 0.4 ms a million activations, and 1 % of noise."""
    measured = LatencyTable.load(DIGITS)
    template, rng = measured.rows[0], np.random.default_rng(0)
    archs = drawn(part, 60, own=own, base=base)
    archs = [archs[index] for index in rng.permutation(len(archs))]
    splits = ["fit"] * 36 + ["cal"] * 16 + ["test"] * 8
    rows = []
    for arch, split in zip(archs, splits, strict=True):
        ms = 0.06 + _ms(arch_cost(arch)) * float(np.exp(0.01 * rng.standard_normal()))
        rows.append(_row(template, arch.to_json(), ms, "network", split=split, arch_id=arch.arch_id))
    known = {op.key_json: op for arch in archs for _, op in operators(arch)}
    rows += [_row(template, key, _ms(op.cost), "block") for key, op in list(known.items())[:blocks]]
    changed = {"device": "my-board", "space": f"{part}-{base}"}
    return LatencyTable(manifest=measured.manifest.model_copy(update=changed), rows=tuple(rows))


def _ms(cost: Cost) -> float:
    return 0.01 * (cost.kernels + cost.attention_kernels) + 0.4 * cost.activations / 1e6


def _row(template: LatencyRow, key: str, ms: float, kind: str, *, split: str = "", arch_id: str = "") -> LatencyRow:
    times = {name: ms for name in LatencyRow.model_fields if name.endswith("_ms") and name != "mad_ms"}
    named = {"row_id": f"{kind}-{key_hash(key)}", "kind": kind, "key_json": key, "key_hash": key_hash(key)}
    return template.model_copy(update={**times, **named, "split": split, "arch_id": arch_id})


def ratios(predictor: LatencyPredictor, archs: list[ArchConfig]) -> np.ndarray:
    found = predictor.predict(archs, confidence=0.9)
    return np.asarray(found.high_ms / found.p50_ms)


def marked(predictor: LatencyPredictor, archs: list[ArchConfig]) -> float:
    return float(predictor.predict(archs, confidence=0.9).extrapolated.mean())


@every_part
def test_cost_is_what_is_built_and_json_and_genes_come_back(part: str) -> None:
    space = offering(part)
    for arch in drawn(part, 6, own=True):
        assert sum(p.numel() for p in build(arch, seed=0).parameters()) == arch_cost(arch).parameters
        assert ArchConfig.from_json(arch.to_json()) == arch
        assert space.decode(space.encode(arch)) == arch
        assert all(operator_from_json(op.key_json) == op for _, op in operators(arch))
    assert space.size > named_space("digits").size / 100


@every_part
def test_supernet_equals_extracted_to_the_bit(part: str) -> None:
    shared, images = Supernet(offering(part), seed=0).eval(), torch.randn(2, 1, 32, 32)
    for arch in drawn(part, 4, own=True):
        with torch.no_grad():
            assert torch.equal(shared(images, arch), shared.extract(arch)(images))


@every_part
def test_the_doctor_finds_nothing(part: str) -> None:
    """The conformance suite of the parts; an attention type without small choices names its space."""
    space = find_space(part) if part != "own_head" else around_attention(SingleHeadChoices(key_dims=(4, 8)))
    checks = [check for check in ALL_CHECKS if check.name != "processes"]  # another one has not imported this file
    verdicts = examine(space, checks, quick=True)
    assert not [verdict for verdict in verdicts if verdict.passed is False]


@every_part
def test_export_equals_pytorch(part: str, tmp_path: Path) -> None:
    network = build(drawn(part, 1, own=True)[0], seed=1).eval()
    assert export_network(network, tmp_path / "net.onnx").max_difference < 1e-4


@every_part
@pytest.mark.parametrize("device", ["jetson-agx-orin", "jetson-nano", "t4", "raspberry-pi-4"])
def test_estimates_without_rows_are_marked_and_widened(part: str, device: str) -> None:
    calibrated = device.startswith("jetson")
    predictor: LatencyPredictor = calibrated_predictor(device) if calibrated else analytic_predictors()[device]
    b1 = published("mit-b1")
    archs = [b1, OWN[part].published(b1)]
    assert predictor.predict(archs, confidence=0.9).extrapolated.tolist() == [False, True]
    plain, widened = ratios(predictor, archs)
    assert widened == pytest.approx(2 * plain, rel=0.2)


@every_part
@pytest.mark.parametrize("blocks", [0, 120])
def test_a_fit_marks_it_until_rows_contain_it(part: str, tmp_path: Path, blocks: int) -> None:
    without, after = (fit_latency(table(part, own=own, blocks=blocks)) for own in (False, None))
    strangers, others = (drawn(part, 30, own=own, seed=9) for own in (True, False))
    assert marked(without, strangers) == 1
    assert ratios(without, strangers).min() > 1.5 * np.median(ratios(without, others))
    assert marked(after, strangers) < 0.3
    assert np.median(ratios(after, strangers)) < 1.3
    without.save(tmp_path / "without.json")
    again = load_predictor(tmp_path / "without.json")
    assert ratios(again, strangers) == pytest.approx(ratios(without, strangers), rel=1e-12)
    # a file from before there were traits has seen what there was then, so not this part
    record = {name: value for name, value in without.record().items() if name != "traits"}
    old = fitted_from_record(record)
    assert (marked(old, strangers), marked(old, others)) == (1, marked(without, others))


@every_part
def test_a_transfer_marks_it_until_samples_contain_it(part: str) -> None:
    space, sources = offering(part), [fit_latency(table(part, own=False)), calibrated_predictor("jetson-nano")]
    known, strangers = KnownDevices.compare(space, sources), drawn(part, 20, own=True, seed=9)
    found = []
    for own in (False, None):
        archs = drawn(part, 14, own=own)
        latency_ms = np.array([2 * _ms(arch_cost(arch)) for arch in archs])
        found.append(fit_transfer(known, device="new", archs=archs, latency_ms=latency_ms))
    assert marked(found[0], strangers) == 1
    assert OWN[part].trait not in found[0].traits
    assert OWN[part].trait in found[1].traits
    assert ratios(found[0], strangers).min() >= 2


@every_part
def test_genotypes_are_judged_as_networks_are(part: str) -> None:
    for base, predictors in (
        ("efficientvit", [calibrated_predictor("jetson-agx-orin"), analytic_predictors()["t4"]]),
        ("digits", [fit_latency(table(part, own=False)), fit_latency(table(part, own=False, blocks=120))]),
    ):
        space, rng = offering(part, base), np.random.default_rng(3)
        genotypes = np.array([space.sample_genotype(rng) for _ in range(100)])
        archs, priors = [space.decode(row.tolist()) for row in genotypes], GenotypePriors.build(space)
        own = [has(arch, part) for arch in archs]
        for predictor in predictors:
            fast = fast_latency(predictor, priors)
            assert fast is not None
            found, slow = fast(genotypes, 0.9), predictor.predict(archs, confidence=0.9)
            for field in ("p50_ms", "low_ms", "high_ms"):
                assert getattr(found, field) == pytest.approx(getattr(slow, field), rel=1e-9)
            assert found.extrapolated.tolist() == slow.extrapolated.tolist()
            assert found.extrapolated[own].all()
        quick, slowly = priors.expected_accuracy(genotypes), AccuracyPrior.fit().predict(archs)
        assert quick.mean == pytest.approx(slowly.mean)
        assert quick.extrapolated.tolist() == slowly.extrapolated.tolist()
        assert slowly.extrapolated[own].all()
        assert (Canonical.build(space)(genotypes) == [space.encode(arch) for arch in archs]).all()


def test_an_attention_type_has_words() -> None:
    level = _heads(published("mit-b1")).levels[-1]
    assert level_words(level).endswith("own head attention, key dim 16")
    assert gene_words("levels.16.own_head.key_dim") == "own head attention's key channels at stride 16"
    assert value_words("levels.16.attention", "own_head") == "own head"
    types, *_ = preferences([_heads(published("mit-b1")), published("mit-b1")])
    assert types.counts[16] == {"own_head": 1, "linear": 1}


@every_part
def test_every_gene_and_value_has_words(part: str) -> None:
    genes = offering(part).genes
    said = [gene_words(gene.name) + ": " + value_words(gene.name, value) for gene in genes for value in gene.choices]
    assert len(set(said)) == len(said)
    assert any(OWN[part].words in each for each in said)


@every_part
def test_fit_and_show_by_a_table(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(part, own=False, blocks=120).save(tmp_path / "table")
    fit(device="my-board", table=tmp_path / "table", space=f"{part}-digits", as_json=True)
    path = Path(json.loads(capsys.readouterr().out)["path"])
    assert isinstance(load_predictor(path), FittedPredictor)
    arch = drawn(part, 1, own=True)[0]
    asked = {"resolution": None, "device": "my-board", "confidence": 0.9, "space": f"{part}-digits"}
    file = tmp_path / "arch.json"
    file.write_text(arch.to_json())
    show(str(file), **asked, as_json=False)  # type: ignore[arg-type]
    shown = " ".join(capsys.readouterr().out.split())
    assert OWN[part].words in shown or part in shown
    assert "extrapolated" in shown


def explained(part: str, device: str, base: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether `nas explain` offers the part, and marks every latency of it."""
    explain(
        device,
        budget="50ms",
        space=f"{part}-{base}",
        confidence=0.9,
        predictor=None,
        as_json=True,
        everything=True,
    )
    choices = json.loads(capsys.readouterr().out)["choices"]
    own = [each for each in choices if OWN[part].words in each["words"]]
    return bool(own) and all(each["latency_extrapolated"] for each in own)


def searched(part: str, device: str, folder: Path, predictor: Path | None = None) -> list[bool]:
    """Of the networks with the part on a front of medians, whether each is marked: upper ends, twice as high, would
    leave few.
    """
    config = SearchConfig(
        targets=(Target.of(device, "100ms"),),
        space=f"{part}-efficientvit",
        confidence=0.5,
        latency=predictor,
        trials=60,
        warm=False,
        measure=False,
        out=folder,
    )
    rows = find(config).frame()
    archs = {arch_id: folder / "archs" / f"{arch_id}.json" for arch_id in rows["arch_id"]}
    own = [
        bool(row.latency_extrapolated)
        for row in rows.itertuples()
        if archs[row.arch_id].is_file() and has(ArchConfig.from_json(archs[row.arch_id].read_text()), part)
    ]
    assert own
    return own


@every_part
def test_search_and_report_on_jetson(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert part == "own_patches" or explained(part, "jetson", "efficientvit", capsys)  # it is no choice in its space
    assert all(searched(part, "jetson", tmp_path / "run"))
    report(str(tmp_path / "run"), out=None, as_json=True)
    assert part in (tmp_path / "run" / "report.html").read_text()


@every_part
def test_search_by_tables_without_and_with_it(part: str, tmp_path: Path) -> None:
    remember_device(Device(name="my-board", description="", runtime="onnxruntime", precision="fp32", batch=1))
    marks = []
    for own in (False, None):
        fit_latency(table(part, own=own, base="efficientvit")).save(tmp_path / f"{own}.json")
        marks.append(np.mean(searched(part, "my-board", tmp_path / f"run-{own}", tmp_path / f"{own}.json")))
    assert marks[0] == 1
    assert marks[1] < 0.5
