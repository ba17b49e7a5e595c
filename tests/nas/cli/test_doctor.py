"""`nas doctor`: a healthy space is silent, a defect ends with code 1 and its first example, JSON alone on stdout."""

import json

import pytest
import typer

import nas.checkup
from nas.checkup import ALL_CHECKS
from nas.cli.doctor import doctor
from nas.errors import UserError
from search_space import SearchSpace

BY_NAME = {check.name: check for check in ALL_CHECKS}


def test_a_healthy_part_ends_with_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    doctor(space=None, supernet=None, part="cascaded_group", quick=True, seed=0, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["examined"], found["healthy"]) == ("part:cascaded_group", True)
    assert [check["name"] for check in found["checks"]] == [check.name for check in ALL_CHECKS]
    assert {check["name"] for check in found["checks"] if check["passed"] is None} == {"ledger"}


def test_a_space_is_examined_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named_tiny: SearchSpace
) -> None:
    monkeypatch.setattr(nas.checkup, "ALL_CHECKS", tuple(BY_NAME[name] for name in ("json", "arrays")))
    doctor(space="tiny", supernet=None, part=None, quick=True, seed=0, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["examined"], found["healthy"], len(found["checks"])) == ("space:tiny", True, 2)


def test_a_failed_check_ends_with_code_1_and_its_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = tuple(BY_NAME[name] for name in ("json", "arrays"))
    monkeypatch.setattr(nas.checkup, "ALL_CHECKS", chosen)
    monkeypatch.setattr("search_space.Canonical.__call__", lambda self, genotypes: genotypes)
    with pytest.raises(typer.Exit) as ended:
        doctor(space=None, supernet=None, part="linear", quick=True, seed=0, as_json=False)
    assert ended.value.exit_code == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[0] for line in lines] == ["✓", "✗", " ", " ", " ", "p"]
    assert [line.split(":")[0].strip() for line in lines[2:5]] == ["where", "expected", "found"]
    assert lines[-1].startswith("part:linear: 1 of 2 checks failed")


def test_one_thing_is_examined_at_a_time() -> None:
    with pytest.raises(UserError, match="give one of --space, --supernet and --part"):
        doctor(space="digits", supernet=None, part="linear", quick=True, seed=0, as_json=False)
