"""The checks of `nas doctor` that need export and predictors: each finds a planted defect."""

import pytest
from torch import nn

import supernet
from nas.checkup import ALL_CHECKS, with_every_kind
from predictors.batched.genotypes import GenotypeTables
from search_space import SearchSpace, operators
from supernet import Supernet
from supernet.doctor import Check, Subject, space_around

BY_NAME = {check.name: check for check in ALL_CHECKS}


@pytest.fixture
def subject(tiny_space: SearchSpace) -> Subject:
    return Subject(supernet=Supernet(tiny_space).eval(), quick=True)


def test_an_export_that_differs_is_found(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    right = supernet.fold_batch_norms

    def shifted(module: nn.Module) -> nn.Module:
        folded = right(module)
        folded.get_parameter("head.classify.bias").data += 0.01
        return folded

    check: Check[Subject] = BY_NAME["export"]
    assert check.run(subject).passed
    monkeypatch.setattr(supernet, "fold_batch_norms", shifted)
    found = check.run(subject)
    assert found.passed is False
    assert "ONNX Runtime differs from PyTorch by 1.00e-02" in found.found


def test_lookup_tables_that_lie_are_found(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    right = GenotypeTables.additive
    monkeypatch.setattr(GenotypeTables, "additive", lambda self, genotypes: right(self, genotypes) + 1)
    found = BY_NAME["tables"].run(subject)
    assert found.passed is False
    assert "cost field macs_dense" in found.where


def test_exported_networks_have_every_kind_of_operator(tiny_space: SearchSpace) -> None:
    archs = with_every_kind(Subject(supernet=Supernet(tiny_space)))
    kinds = {(op.kind, op.attention.type if op.attention else "") for arch in archs for _, op in operators(arch)}
    blocks = {("evit", "linear"), ("evit", "cascaded_group"), ("sandwich", "linear"), ("sandwich", "cascaded_group")}
    assert blocks | {("sandwich", ""), ("mbconv", ""), ("mbconv_downsample", ""), ("dsconv", "")} <= kinds


def test_a_head_that_reads_several_levels_has_no_lookup_tables() -> None:
    found = BY_NAME["tables"].run(Subject(supernet=Supernet(space_around("seg"))))
    assert (found.passed, found.note) == (None, "a head reads several levels: the space has no lookup tables")
