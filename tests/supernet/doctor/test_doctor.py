"""A healthy supernet is silent; defects planted in the real code are found by the check that is there for them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import search_space
import search_space.arch
import supernet.attention
import supernet.doctor.sharing
import supernet.doctor.subject
import supernet.supernet
from search_space import ATTENTION, ArchConfig, Canonical, Cost, Genotype, LinearAttention, SearchSpace
from search_space.operators import operator_cost, operator_cost_vector
from supernet import FairSampler, Supernet
from supernet.attention.linear import LinearAttentionBlock
from supernet.blocks.dsconv import DSConvBranch
from supernet.coordinates import Coordinates
from supernet.doctor import CHECKS, Subject, Verdict, examine, find_space, space_around
from supernet.heads.norm_linear import NormLinearClassifier
from supernet.layers import ConvUnit
from supernet.network import Network

HERE = Path(__file__).parent
BY_NAME = {check.name: check for check in CHECKS}
Plant = Callable[[pytest.MonkeyPatch], None]


def forget_modules() -> None:
    """Empty what keeps modules, coordinates and costs of operators."""
    for cached in (
        supernet.supernet._skeleton,
        supernet.supernet._describe,
        supernet.doctor.subject.skeleton,
        supernet.doctor.sharing._named,
        supernet.doctor.sharing._useful,
        operator_cost,
        operator_cost_vector,
    ):
        cached.cache_clear()


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    forget_modules()
    yield monkeypatch
    monkeypatch.undo()
    forget_modules()


@pytest.fixture
def own_type() -> Iterator[str]:
    """A type that exists while a test runs, by the file that defines it."""
    yield f"{HERE / 'own_attention.py'}:CHOICES"
    for registry in (search_space.ATTENTION, supernet.attention.ATTENTION):
        registry.pop("single_head", None)  # type: ignore[attr-defined]


def verdict(name: str, *, quick: bool = False) -> Verdict:
    return BY_NAME[name].run(Subject(supernet=Supernet(space_around("linear")).eval(), quick=quick))


def failed(found: list[Verdict]) -> list[str]:
    return [f"{each.name}: {each.where}, {each.expected}, {each.found}" for each in found if each.passed is False]


@pytest.mark.parametrize("part", [*ATTENTION, "se_merge", "fused_mbconv", "resblock", "seg", "mit"])
def test_healthy_parts_are_silent(part: str) -> None:
    found = examine(space_around(part), quick=True)
    assert failed(found) == []
    assert [each.name for each in found if each.passed is None] == ["ledger", "processes"]


def test_a_healthy_supernet_is_silent_at_length(tiny_space: SearchSpace) -> None:
    heard: list[Verdict] = []
    found = examine(Supernet(tiny_space, seed=3).eval(), seed=3, on_check=heard.append)
    assert failed(found) == []
    assert heard == found


def test_a_part_of_one_s_own_is_silent_and_found_by_another_process(own_type: str) -> None:
    found = examine(Subject.named(f"part:{own_type}", quick=True))
    assert failed(found) == []
    assert [each.name for each in found if each.passed is None] == ["ledger"]


def test_unknown_parts_say_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown part 'lstm'; known: cascaded_group, conv"):
        find_space("lstm")
    (tmp_path / "mine.py").write_text("X = 3\n")
    with pytest.raises(ValueError, match="neither a SearchSpace nor the choices of a registered attention type: 3"):
        find_space(f"{tmp_path / 'mine.py'}:X")
    with pytest.raises(ValueError, match="cannot import no_such_module"):
        find_space("no_such_module:X")


def wrong_copy(patch: pytest.MonkeyPatch) -> None:
    """A slice that is copied the wrong way round when a network is extracted."""
    whole = Supernet.extract

    def extract(self: Supernet, arch: ArchConfig) -> Network:
        network = whole(self, arch)
        with torch.no_grad():
            weight = network.get_parameter("levels.4.downsample.conv.weight")
            weight.copy_(weight.flip(1))
        return network

    patch.setattr(Supernet, "extract", extract)


def leading_slice(patch: pytest.MonkeyPatch) -> None:
    """Small kernels read the corner of large ones."""
    right = supernet.supernet.take

    def take(shared: Tensor, rules: Any) -> Tensor:
        return right(shared, [range(len(rule)) if isinstance(rule, range) else rule for rule in rules])

    patch.setattr(supernet.supernet, "take", take)


def other_offset(patch: pytest.MonkeyPatch) -> None:
    """Scales share projection columns by their place in the list instead of by their size."""
    right = LinearAttentionBlock.coordinates

    def coordinates(self: LinearAttentionBlock) -> Coordinates:
        found, heads, dim = right(self), self.config.heads, self.config.head_dim
        branches = range(1 + len(self.config.scales))
        columns = tuple((s, h, i) for s in branches for h in range(heads) for i in range(dim))
        rows, _, *kernel = found["proj.conv.weight"]
        return {**found, "proj.conv.weight": (rows, columns, *kernel)}

    patch.setattr(LinearAttentionBlock, "coordinates", coordinates)


def norm_of_other_rows(patch: pytest.MonkeyPatch) -> None:
    """A norm's numbers go to other rows than its convolution's."""
    right = LinearAttentionBlock.coordinates

    def coordinates(self: LinearAttentionBlock) -> Coordinates:
        found = right(self)
        width = len(found["proj.norm.weight"][0])
        return {**found, "proj.norm.weight": (range(1, width + 1),)}

    patch.setattr(LinearAttentionBlock, "coordinates", coordinates)


def forgotten_scale(patch: pytest.MonkeyPatch) -> None:
    """The raw tokens stand in for the last scale's."""

    def forward(self: LinearAttentionBlock, x_BCHW: Tensor) -> Tensor:
        qkv = self.qkv(x_BCHW)
        branches = torch.cat([qkv, *(qkv for _ in self.aggregate)], dim=1)
        heads = branches.reshape(len(x_BCHW), -1, 3 * self.config.head_dim, x_BCHW[0, 0].numel())
        q, k, v = heads.split(self.config.head_dim, dim=2)
        out = supernet.attention.linear.relu_attention(q, k, v, self.eps)
        projected: Tensor = self.proj(out.reshape(len(x_BCHW), -1, *x_BCHW.shape[2:]))
        return projected

    patch.setattr(LinearAttentionBlock, "forward", forward)


def frozen_norm(patch: pytest.MonkeyPatch) -> None:
    """Norms use their running statistics even in training."""
    right = ConvUnit.forward

    def forward(self: ConvUnit, x_BCHW: Tensor) -> Tensor:
        if self.norm is not None and self.norm.running_mean is not None:
            self.norm.eval()
        return right(self, x_BCHW)

    patch.setattr(ConvUnit, "forward", forward)


def frozen_scale(patch: pytest.MonkeyPatch) -> None:
    """A norm's scale that no gradient reaches."""
    right = Supernet._allocate

    def allocate(self: Supernet, seed: int) -> None:
        right(self, seed)
        self.shared["levels/4/downsample/conv_downsample/norm/weight"].requires_grad_(False)

    patch.setattr(Supernet, "_allocate", allocate)


def unused_parameter(patch: pytest.MonkeyPatch) -> None:
    """A convolution that is made and never called."""
    right = DSConvBranch.__init__

    def init(self: DSConvBranch, config: Any, op: Any) -> None:
        right(self, config, op)
        self.spare = nn.Conv2d(op.in_channels, 4, 1)

    patch.setattr(DSConvBranch, "__init__", init)


def lying_cost(**changes: int) -> Plant:
    """A cost that is off by a little in one field."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = LinearAttention.cost
        patch.setattr(LinearAttention, "cost", lambda *arguments: right(*arguments) + Cost(**changes))

    return plant


def never_drawn(patch: pytest.MonkeyPatch) -> None:
    """The sampler never draws the widest choice of a level."""
    right = FairSampler.draw

    def draw(self: FairSampler, number: int, **options: Any) -> ArchConfig:
        genotype = list(self.space.encode(right(self, number, **options)))
        place = [gene.name for gene in self.space.genes].index("levels.4.expand")
        genotype[place] = 0
        return self.space.decode(genotype)

    patch.setattr(FairSampler, "draw", draw)


def outputs_by(change: Callable[[Tensor], Tensor]) -> Plant:
    """A classifier whose output is spoilt."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = NormLinearClassifier.forward
        patch.setattr(NormLinearClassifier, "forward", lambda self, x_BCHW: change(right(self, x_BCHW)))

    return plant


def no_re_estimation(patch: pytest.MonkeyPatch) -> None:
    """Statistics stay at mean 0 and variance 1."""
    patch.setattr(supernet.supernet, "re_estimate", lambda network, batches: None)


def last_batch_wins(patch: pytest.MonkeyPatch) -> None:
    """An average that forgets all but the last batch."""

    def re_estimate(network: Network, batches: Any) -> None:
        for part in network.modules():
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                part.momentum = 0.9
        network.train()
        for images in batches:
            network(images)

    patch.setattr(supernet.supernet, "re_estimate", re_estimate)


def forgetful_json(patch: pytest.MonkeyPatch) -> None:
    """A field that is not read back."""
    right = search_space.arch.checked_fields

    def checked_fields(cls: type, data: Any, where: str, *, parts: tuple[str, ...] = ()) -> dict[str, Any]:
        found = right(cls, data, where, parts=parts)
        return {name: value for name, value in found.items() if name != "fewer_norm"}

    patch.setattr(search_space.arch, "checked_fields", checked_fields)


def forgetful_encode(patch: pytest.MonkeyPatch) -> None:
    """A genotype whose level has another kernel than the network's."""
    right = SearchSpace.encode

    def encode(self: SearchSpace, arch: ArchConfig) -> Genotype:
        levels = tuple(
            replace(level, blocks=tuple(replace(block, kernel=3) for block in level.blocks)) for level in arch.levels
        )
        return right(self, replace(arch, levels=levels))

    patch.setattr(SearchSpace, "encode", encode)


def lazy_arrays(patch: pytest.MonkeyPatch) -> None:
    """Genes that a network does not use are left as they are."""
    patch.setattr(Canonical, "__call__", lambda self, genotypes: genotypes)


@pytest.mark.parametrize(
    ("plant", "check", "words"),
    [
        (wrong_copy, "extracted", "evaluation mode"),
        (leading_slice, "inside", "conv/weight"),
        (other_offset, "nesting", "linear.scales"),
        (norm_of_other_rows, "coordinates", "attention.proj.norm.weight"),
        (forgotten_scale, "reached", "attention/aggregate/"),
        (forgotten_scale, "layers", "attention.aggregate."),
        (frozen_norm, "norms", "levels.2.downsample.norm"),
        (frozen_scale, "reached", "levels/4/downsample/conv_downsample/norm/weight"),
        (unused_parameter, "reached", "dsconv/branch/spare"),
        (lying_cost(parameters=1), "parameters", "linear attention, "),
        (lying_cost(macs_attention=1), "macs", "linear attention, "),
        (never_drawn, "sampling", "gene levels.4.expand, choice 2"),
        (outputs_by(lambda logits: logits * 0), "outputs", "evaluation mode"),
        (outputs_by(lambda logits: logits / 0), "outputs", "evaluation mode"),
        (no_re_estimation, "statistics", "running_"),
        (last_batch_wins, "statistics", "running_"),
        (forgetful_json, "json", "JSON"),
        (forgetful_encode, "genotypes", "genotype ("),
        (lazy_arrays, "arrays", "gene levels."),
    ],
)
def test_planted_defects_are_found(planted: pytest.MonkeyPatch, plant: Plant, check: str, words: str) -> None:
    plant(planted)
    found = verdict(check, quick=check == "reached")  # in full it tries other weights for every number
    assert found.passed is False
    assert words in found.where
    assert found.expected
    assert found.found


def test_a_space_that_hashes_strings_differs_in_another_process(tmp_path: Path) -> None:
    code = (
        "from supernet.doctor import space_around\nfrom dataclasses import replace\n"
        "SPACE = replace(space_around('linear'), norm_eps=1e-5 + hash('any') % 10**6 * 1e-12)\n"
    )
    (tmp_path / "hashed.py").write_text(code)
    subject = Subject.named(f"part:{tmp_path / 'hashed.py'}:SPACE")
    found = BY_NAME["processes"].run(subject)
    assert found.passed is False
    assert "in another process" in found.where


def test_a_choice_that_a_training_never_trained_is_named(tiny_space: SearchSpace) -> None:
    from supernet import Ledger
    from supernet.training.ledger import choices_of

    ledger, sampler = Ledger(), FairSampler(space=tiny_space, seed=0)
    for number in range(400):
        ledger.trained(sampler.draw(number), "random", 1, 10**3, 10**6)
    subject = Subject(supernet=Supernet(tiny_space).eval(), recipe="single-path", ledger=ledger)
    assert BY_NAME["ledger"].run(subject).passed
    assert "4.width=16" in set(choices_of(tiny_space.largest()))
    del ledger.choices["4.width=16"]
    found = BY_NAME["ledger"].run(subject)
    assert (found.passed, found.where) == (False, "choice 4.width=16")


def test_what_a_part_raises_is_reported_with_its_place(planted: pytest.MonkeyPatch) -> None:
    def forward(self: LinearAttentionBlock, x_BCHW: Tensor) -> Tensor:
        raise RuntimeError("not today")

    planted.setattr(LinearAttentionBlock, "forward", forward)
    found = verdict("macs")
    assert found.passed is False
    assert "test_doctor.py, line " in found.where
    assert found.found == "RuntimeError: not today"
