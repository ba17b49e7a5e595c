"""`nas explain` prints what `explain_budget` answers."""

import json
from typing import Any

import pytest

from nas.cli.explain import explain
from nas.describing.budgets import explain_budget
from nas.errors import BudgetError

TYPED: dict[str, Any] = {"space": "efficientvit", "confidence": 0.9, "predictor": None}
ASKED: dict[str, Any] = {"space_name": "efficientvit", "confidence": 0.9, "predictor": None}


def test_what_is_printed_is_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    found = explain_budget("jetson", 10.0, **ASKED)
    assert found.can_be_met
    assert found.caution is not None
    assert 1 <= len(found.that_matter) < len(found.choices)
    explain("jetson", budget="10ms", as_json=True, **TYPED)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(found.to_json()))
    explain("jetson", budget="10ms", as_json=False, **TYPED)
    shown = " ".join(capsys.readouterr().out.split())
    assert found.verdict in shown
    assert f"{len(found.choices) - len(found.that_matter)} more with --all" in shown


def test_a_budget_that_cannot_be_met_is_explained_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert not explain_budget("jetson", 0.01, **ASKED).can_be_met
    with pytest.raises(BudgetError):
        explain("jetson", budget="0.01ms", as_json=False, everything=True, **TYPED)
    assert "cannot be met" in capsys.readouterr().out
