"""Objectives defined here, outside the package: once registered, each goes its whole way."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nas.cli.app import app, main
from nas.runs import read
from nas.search.networks import Network
from nas.search.objectives import OBJECTIVES
from nas.search.objectives.objective import CostObjective, Formula, Objective
from nas.search.record import limits_in
from search_space import ArchConfig, arch_cost, operators

LAUNCHES = CostObjective(
    name="launches",
    unit="",
    words="kernels to launch",
    column="launches",
    formula=lambda costs: costs["kernels"] + costs["attention_kernels"],
    parse=int,
    shown=lambda value: f"{value:.0f}",
)


@dataclass(frozen=True)
class Widest:
    """Elements that the busiest operator moves, in thousands: no sum, so that networks are built up for it."""

    name: str = "widest"
    unit: str = "k"
    words: str = "elements moved by the busiest operator"
    column: str = "widest_k"
    formula: Formula | None = None

    def of(self, network: Network) -> float:
        if not isinstance(network, ArchConfig):
            return float("inf")
        return max(op.cost.activations for _, op in operators(network)) / 1e3

    def parse(self, text: str) -> float:
        return float(text.removesuffix("k"))

    def shown(self, value: float) -> str:
        return f"{value:.0f}k"


OWN: dict[str, tuple[Objective, str, Callable[[ArchConfig], float]]] = {
    "launches": (LAUNCHES, "150", lambda arch: arch_cost(arch).kernels + arch_cost(arch).attention_kernels),
    "widest": (Widest(), "4000k", lambda arch: max(op.cost.activations for _, op in operators(arch)) / 1e3),
}


@pytest.fixture(params=OWN)
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The name of a registered objective, in an empty folder."""
    monkeypatch.setitem(OBJECTIVES, request.param, OWN[request.param][0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return str(request.param)


def nas(*arguments: str) -> str:
    found = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def search(name: str, limit: str) -> str:
    budget = ["--device", "jetson", "--budget", "10ms", "--space", "efficientvit"]
    return nas("search", *budget, "--objective", name, "--limit", f"{name}={limit}", "--trials", "60", "--out", "run")


def test_an_objective_of_one_s_own_goes_the_whole_way(
    own: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    objective, limit, exact = OWN[own]
    shown = search(own, limit)
    assert own in shown.split()
    most = objective.parse(limit)
    rows = list(csv.DictReader(Path("run/front.csv").read_text().splitlines()))
    for row in rows:
        arch = ArchConfig.from_json(Path("run", "archs", f"{row['arch_id']}.json").read_text())
        assert float(row[objective.column]) == pytest.approx(exact(arch), abs=1e-3)
        assert exact(arch) <= most
    values = {row["arch_id"]: float(row[objective.column]) for row in rows}
    points = [(-float(row["accuracy_low"]), float(row["latency_high_ms"])) for row in rows]
    assert any(a[0] < b[0] and a[1] < b[1] for a in points for b in points)  # on the front for its sake alone

    run = read(Path("run"))
    assert {each.arch_id: each.costs[objective.column] for each in run.front} == values
    assert limits_in(run.settings.others) == {own: most}
    assert run.settings.others["objectives"] == [own]
    nas("report", "run")
    assert f">{objective.column}<" in Path("run/report.html").read_text()

    choices: list[dict[str, Any]] = json.loads(explain(own, "--json"))["choices"]
    assert any(each["costs"][own] > 0 for each in choices)
    assert own in explain(own).split()

    kept = {name: Path("run", name).read_bytes() for name in ("front.csv", "study.journal")}
    assert search(own, limit) == shown
    assert {name: Path("run", name).read_bytes() for name in kept} == kept
    again = ["--device", "jetson", "--budget", "10ms", "--space", "efficientvit", "--trials", "60", "--out", "run"]
    monkeypatch.setattr("sys.argv", ["nas", "search", *again, "--objective", own])
    with pytest.raises(SystemExit):
        main()
    assert "run holds another search (differs in limits); choose another --out" in capsys.readouterr().err


def explain(name: str, *more: str) -> str:
    return nas("explain", "--device", "jetson", "--budget", "10ms", "--objective", name, *more)
