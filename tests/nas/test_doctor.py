"""`nas doctor`: a healthy space is silent, a defect ends with code 1 and its first example, JSON alone on stdout."""

import json

import pytest
import typer
from torch import nn

import nas.checkup
import supernet
from nas.checkup import ALL_CHECKS, with_every_kind
from nas.commands.doctor import doctor_command
from nas.errors import UserError
from predictors.batched.genotypes import GenotypeTables
from search_space import SearchSpace, operators
from supernet import Supernet
from supernet.doctor import Check, Subject, space_around

BY_NAME = {check.name: check for check in ALL_CHECKS}


@pytest.fixture
def subject(tiny_space: SearchSpace) -> Subject:
    return Subject(supernet=Supernet(tiny_space).eval(), quick=True)


def test_a_healthy_part_ends_with_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    doctor_command(space=None, supernet=None, part="cascaded_group", quick=True, seed=0, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["examined"], found["healthy"]) == ("part:cascaded_group", True)
    assert [check["name"] for check in found["checks"]] == [check.name for check in ALL_CHECKS]
    assert {check["name"] for check in found["checks"] if check["passed"] is None} == {"ledger"}


def test_a_space_is_examined_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named_tiny: SearchSpace
) -> None:
    monkeypatch.setattr(nas.checkup, "ALL_CHECKS", tuple(BY_NAME[name] for name in ("json", "arrays")))
    doctor_command(space="tiny", supernet=None, part=None, quick=True, seed=0, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["examined"], found["healthy"], len(found["checks"])) == ("space:tiny", True, 2)


def test_a_failed_check_ends_with_code_1_and_its_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = tuple(BY_NAME[name] for name in ("json", "arrays"))
    monkeypatch.setattr(nas.checkup, "ALL_CHECKS", chosen)
    monkeypatch.setattr("search_space.Canonical.__call__", lambda self, genotypes: genotypes)
    with pytest.raises(typer.Exit) as ended:
        doctor_command(space=None, supernet=None, part="linear", quick=True, seed=0, as_json=False)
    assert ended.value.exit_code == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == ["✓", "✗", " ", " ", " ", "p"]
    assert [line.split(":")[0].strip() for line in lines[2:5]] == ["where", "expected", "found"]
    assert lines[-1].startswith("part:linear: 1 of 2 checks failed")


def test_one_thing_is_examined_at_a_time() -> None:
    with pytest.raises(UserError, match="give one of --space, --supernet and --part"):
        doctor_command(space="digits", supernet=None, part="linear", quick=True, seed=0, as_json=False)


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
