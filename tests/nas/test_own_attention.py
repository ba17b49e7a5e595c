"""An attention type that is defined here alone goes the whole way, and no latency of it looks like a measured one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import search_space.attention
import supernet.attention
from nas.commands.explain import explain_command
from nas.commands.fit import FitRequest, fit_command
from nas.commands.report import report_command
from nas.commands.show import show_command
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
from predictors.fitted import FittedPredictor, fitted_from_record
from predictors.genotype_priors import GenotypePriors, fast_latency
from predictors.table import LatencyRow, key_hash
from search_space import SPACES, ArchConfig, SearchSpace, arch_cost, named_space, network_traits, operators, published
from search_space.attention import AttentionChoices, AttentionConfig, LinearAttentionChoices
from search_space.checks import check_int
from search_space.costs import Cost, conv, product, total
from search_space.spaces import NamedSpace
from supernet import Supernet, build
from supernet.coordinates import Coordinates, coordinates
from supernet.layers import ConvUnit

if TYPE_CHECKING:
    import pandas as pd

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


@pytest.fixture(scope="module", autouse=True)
def registered() -> Iterator[None]:
    """The type and spaces that offer it: these are all the entries it takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(search_space.attention.ATTENTION, "own_head", SingleHead)
        patch.setitem(supernet.attention.ATTENTION, "own_head", SingleHeadBlock)
        for space in (offering("digits"), offering("efficientvit")):
            entry = NamedSpace(build=partial(_same, space), spans="", supernet_parameters=1)
            patch.setitem(SPACES, space.name, entry)
        yield


def _same(space: SearchSpace) -> SearchSpace:
    return space


@cache
def offering(name: str) -> SearchSpace:
    """That space with the new type in the place of cascaded group attention."""
    base, levels = named_space(name), []
    for level in base.levels:
        linear = [each for each in level.attentions if isinstance(each, LinearAttentionChoices)]
        own = SingleHeadChoices(key_dims=(8, 16))
        offered = (None, *linear, own) if linear else (None,)
        levels.append(level.offering({"attentions": offered}))
    members = tuple(member for member in base.members if member.startswith("mit"))
    return replace(base, name=f"own-{name}", levels=tuple(levels), members=members)


def has(arch: ArchConfig) -> bool:
    return "own_head_attention" in network_traits(arch)


def drawn(space: SearchSpace, count: int, *, own: bool | None = None, seed: int = 0) -> list[ArchConfig]:
    """Random members, of those with the new type or those without it unless `own` is None."""
    rng, found = np.random.default_rng(seed), dict[ArchConfig, None]()
    while len(found) < count:
        arch = space.sample(rng)
        if own is None or has(arch) == own:
            found[arch] = None
    return list(found)


def own_b1() -> ArchConfig:
    """B1 with its attention replaced."""
    b1 = published("mit-b1")
    levels = [each.with_attention(each.attention and SingleHead(key_dim=16)) for each in b1.levels]
    return replace(b1, levels=tuple(levels))


def table(*, own: bool | None, blocks: int = 0, name: str = "digits") -> LatencyTable:
    """Rows of members of a space: 60 us + 10 us a kernel + 0.4 ms a million activations, and 1 % of noise."""
    measured = LatencyTable.load(DIGITS)
    template, rng = measured.rows[0], np.random.default_rng(0)
    archs = drawn(offering(name), 60, own=own)
    splits = ["fit"] * 36 + ["cal"] * 16 + ["test"] * 8
    rows = []
    for arch, split in zip(archs, splits, strict=True):
        ms = 0.06 + _ms(arch_cost(arch)) * float(np.exp(0.01 * rng.standard_normal()))
        rows.append(_row(template, arch.to_json(), ms, "network", split=split, arch_id=arch.arch_id))
    known = {op.key_json: op for arch in archs for _, op in operators(arch)}
    rows += [_row(template, key, _ms(op.cost), "block") for key, op in list(known.items())[:blocks]]
    changed = {"device": "my-board", "space": f"own-{name}"}
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


def test_cost_is_what_is_built_and_json_and_genes_come_back() -> None:
    space = offering("digits")
    for arch in drawn(space, 6, own=True):
        assert sum(p.numel() for p in build(arch, seed=0).parameters()) == arch_cost(arch).parameters
        assert ArchConfig.from_json(arch.to_json()) == arch
        assert space.decode(space.encode(arch)) == arch
    assert space.size > named_space("digits").size / 100


def test_supernet_equals_extracted_to_the_bit() -> None:
    shared, images = Supernet(offering("digits"), seed=0).eval(), torch.randn(2, 1, 32, 32)
    for arch in drawn(offering("digits"), 4, own=True):
        with torch.no_grad():
            assert torch.equal(shared(images, arch), shared.extract(arch)(images))


def test_export_equals_pytorch(tmp_path: Path) -> None:
    network = build(drawn(offering("digits"), 1, own=True)[0], seed=1).eval()
    assert export_network(network, tmp_path / "net.onnx").max_difference < 1e-4


@pytest.mark.parametrize("device", ["jetson-agx-orin", "jetson-nano", "t4", "raspberry-pi-4"])
def test_estimates_without_rows_are_marked_and_widened(device: str) -> None:
    calibrated = device.startswith("jetson")
    predictor: LatencyPredictor = calibrated_predictor(device) if calibrated else analytic_predictors()[device]
    linear, own = predictor.predict([published("mit-b1"), own_b1()], confidence=0.9).extrapolated
    assert (linear, own) == (False, True)
    plain, widened = ratios(predictor, [published("mit-b1"), own_b1()])
    assert widened == pytest.approx(2 * plain)


@pytest.mark.parametrize("blocks", [0, 120])
def test_a_fit_marks_it_until_rows_contain_it(tmp_path: Path, blocks: int) -> None:
    without, after = fit_latency(table(own=False, blocks=blocks)), fit_latency(table(own=None, blocks=blocks))
    strangers, others = (drawn(offering("digits"), 30, own=own, seed=9) for own in (True, False))
    assert marked(without, strangers) == 1
    assert ratios(without, strangers).min() > 1.5 * np.median(ratios(without, others))
    assert marked(after, strangers) < 0.3
    assert np.median(ratios(after, strangers)) < 1.3
    without.save(tmp_path / "without.json")
    again = load_predictor(tmp_path / "without.json")
    assert ratios(again, strangers) == pytest.approx(ratios(without, strangers), rel=1e-12)
    # a file from before there were traits has seen what there was then, so not this type
    record = {name: value for name, value in without.record().items() if name != "traits"}
    old = fitted_from_record(record)
    assert (marked(old, strangers), marked(old, others)) == (1, marked(without, others))


def test_a_transfer_marks_it_until_samples_contain_it() -> None:
    space, sources = offering("digits"), [fit_latency(table(own=False)), calibrated_predictor("jetson-nano")]
    known, strangers = KnownDevices.compare(space, sources), drawn(space, 20, own=True, seed=9)
    found = []
    for own in (False, None):
        archs = drawn(space, 14, own=own)
        latency_ms = np.array([2 * _ms(arch_cost(arch)) for arch in archs])
        found.append(fit_transfer(known, device="new", archs=archs, latency_ms=latency_ms))
    assert marked(found[0], strangers) == 1
    assert "own_head_attention" not in found[0].traits
    assert "own_head_attention" in found[1].traits
    assert ratios(found[0], strangers).min() >= 2


def test_genotypes_are_judged_as_networks_are() -> None:
    for name, predictors in (
        ("efficientvit", [calibrated_predictor("jetson-agx-orin"), analytic_predictors()["t4"]]),
        ("digits", [fit_latency(table(own=False)), fit_latency(table(own=False, blocks=120))]),
    ):
        space, rng = offering(name), np.random.default_rng(3)
        genotypes = np.array([space.sample_genotype(rng) for _ in range(150)])
        archs, priors = [space.decode(row.tolist()) for row in genotypes], GenotypePriors.build(space)
        for predictor in predictors:
            fast = fast_latency(predictor, priors)
            assert fast is not None
            found, slow = fast(genotypes, 0.9), predictor.predict(archs, confidence=0.9)
            for field in ("p50_ms", "low_ms", "high_ms"):
                assert getattr(found, field) == pytest.approx(getattr(slow, field), rel=1e-9)
            assert found.extrapolated.tolist() == slow.extrapolated.tolist()
            assert found.extrapolated[[has(arch) for arch in archs]].all()
        quick, slowly = priors.expected_accuracy(genotypes), AccuracyPrior.fit().predict(archs)
        assert quick.extrapolated.tolist() == slowly.extrapolated.tolist()
        assert slowly.extrapolated[[has(arch) for arch in archs]].all()


def test_it_has_words() -> None:
    level = own_b1().levels[-1]
    assert level_words(level).endswith("own head attention, key dim 16")
    assert gene_words("levels.16.own_head.key_dim") == "own head attention's key channels at stride 16"
    assert value_words("levels.16.attention", "own_head") == "own head"
    types, *_ = preferences([own_b1(), published("mit-b1")])
    assert types.counts[16] == {"own_head": 1, "linear": 1}


def test_fit_show_and_explain_by_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(own=False, blocks=120).save(tmp_path / "table")
    fit_command(
        FitRequest(
            device="my-board",
            table=tmp_path / "table",
            known=None,
            samples=None,
            probe=None,
            space="own-digits",
            out=None,
            as_json=True,
        )
    )
    path = Path(json.loads(capsys.readouterr().out)["path"])
    assert isinstance(load_predictor(path), FittedPredictor)
    arch = drawn(offering("digits"), 1, own=True)[0]
    asked = {"resolution": None, "device": "my-board", "confidence": 0.9, "space": "own-digits"}
    file = tmp_path / "arch.json"
    file.write_text(arch.to_json())
    show_command(str(file), **asked, as_json=False)  # type: ignore[arg-type]
    shown = " ".join(capsys.readouterr().out.split())
    assert "own head attention, key dim" in shown
    assert "extrapolated" in shown
    assert explained("my-board", "own-digits", capsys)


def explained(device: str, space: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether `nas explain` offers the type, and marks every latency of it."""
    explain_command(
        device, budget="50ms", space_name=space, confidence=0.9, predictor=None, as_json=True, everything=True
    )
    choices = json.loads(capsys.readouterr().out)["choices"]
    own = [each for each in choices if "own head" in each["words"]]
    return bool(own) and all(each["latency_extrapolated"] for each in own)


def searched(device: str, folder: Path, predictor: Path | None = None) -> "pd.DataFrame":
    """The networks with the type on a front of medians: upper ends, twice as high, would leave few."""
    config = SearchConfig(
        targets=(Target.of(device, "100ms"),),
        space="own-efficientvit",
        confidence=0.5,
        latency=predictor,
        trials=100,
        warm=False,
        measure=False,
        out=folder,
    )
    rows = find(config).frame()
    found = rows[rows["attention_types"].str.contains("own_head")]
    assert len(found)
    return found


def test_explain_search_and_report_on_jetson(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained("jetson", "own-efficientvit", capsys)
    found = searched("jetson", tmp_path / "run")
    assert found["latency_extrapolated"].all()
    report_command(str(tmp_path / "run"), out=None, as_json=True)
    assert "own_head" in (tmp_path / "run" / "report.html").read_text()


def test_search_by_tables_without_and_with_it(tmp_path: Path) -> None:
    remember_device(Device(name="my-board", description="", runtime="onnxruntime", precision="fp32", batch=1))
    marks = []
    for own in (False, None):
        fit_latency(table(own=own, name="efficientvit")).save(tmp_path / f"{own}.json")
        found = searched("my-board", tmp_path / f"run-{own}", tmp_path / f"{own}.json")
        marks.append(found["latency_extrapolated"].mean())
    assert marks[0] == 1
    assert marks[1] < 0.5
