"""Hypervolume at equal evaluations: our searches beside Optuna's samplers, pymoo's NSGA-II and random search.

    python scripts/benchmark_search.py --problem ofa --data DIR [--methods guided tpe nsga2] [--seeds 10]
    python scripts/benchmark_search.py --problem ofa --data DIR --first-seed 100  # seeds that nothing was tuned on

Problems (`scripts/make_search_problems.py`): `ofa`, real ImageNet results of Once-for-all networks behind a
surrogate (`DIR/dynas-t/*.csv`); `digits`, small enough to enumerate; `efficientvit`, with predictors. Every method
gets the same seeds of the problem, evaluated first, and each of the 10 random seeds. The settings of `guided` were
chosen on `ofa` with the seeds 0 to 9. Rows of other methods and seeds stay in the table. pymoo is not a dependency:
install it for the method `pymoo`.
"""

import argparse
import csv
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from make_search_problems import PROBLEMS, Problem
from read_packs import RESULTS, write_rows

from nas.search.algorithms import SHORT, optuna_sampler
from nas.search.front import hypervolume
from nas.search.guided import Cheap, GuidedEvolution
from nas.search.pareto import ParetoEvolution, Told

CHECKPOINTS = {"ofa": (100, 500), "digits": (1000, 4000, 16588), "efficientvit": (1000,)}
BATCH = 5  # evaluations between two fits of the model


def evolved(problem: Problem, count: int, seed: int, *, guided: bool) -> np.ndarray:
    """Objectives (count, 2) in the order of evaluation."""
    rng = np.random.default_rng(seed)
    tracker = ParetoEvolution(problem.cardinalities, rng, canonical=problem.canonical, seeds=problem.seeds)

    def cheap(genotypes: np.ndarray) -> Cheap:
        nothing = np.zeros(len(genotypes))
        return Cheap(
            objectives=problem.second(genotypes)[:, None],
            violations=nothing,
            features=problem.features(genotypes),
        )

    search = (
        GuidedEvolution(tracker=tracker, cheap=cheap, reference=problem.reference, canonical=problem.canonical)
        if guided
        else tracker
    )
    found = np.zeros((0, 2))
    while len(found) < count:
        genotypes = search.ask(min(BATCH if guided else 50, count - len(found)))
        objectives = problem.objectives(genotypes)
        search.tell(Told(genotypes=genotypes, objectives=objectives, violations=np.zeros(len(genotypes))))
        found = np.concatenate([found, objectives])
    return found


def sampled(problem: Problem, count: int, seed: int, *, name: str) -> np.ndarray:
    """The same by a sampler of Optuna."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=["minimize"] * 2, sampler=optuna_sampler(name, seed, 50))
    space = {
        f"g{i:02}": optuna.distributions.IntDistribution(0, choices - 1)
        for i, choices in enumerate(problem.cardinalities)
    }
    for genotype in problem.seeds:
        study.enqueue_trial(dict(zip(space, genotype, strict=True)))
    found = []
    for _ in range(count):
        trial = study.ask(space)
        genotype = problem.canonical(np.array([[trial.params[each] for each in space]]))
        found.append(problem.objectives(genotype)[0])
        study.tell(trial, found[-1].tolist())
    return np.array(found)


def pymoo(problem: Problem, count: int, seed: int) -> np.ndarray:
    """The same by pymoo's NSGA-II with its operators for whole numbers."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem as PymooProblem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.optimize import minimize

    found: list[np.ndarray] = []
    upper = np.array(problem.cardinalities) - 1

    class Wrapped(PymooProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=len(upper), n_obj=2, xl=0, xu=upper, vtype=int)

        def _evaluate(self, x: np.ndarray, out: dict[str, np.ndarray], *_args: object, **_more: object) -> None:
            out["F"] = problem.objectives(problem.canonical(x.astype(int)))
            found.append(out["F"])

    rng = np.random.default_rng(seed)
    drawn = rng.integers(upper + 1, size=(50, len(upper)))
    start = np.concatenate([np.array(problem.seeds, dtype=int).reshape(-1, len(upper)), drawn])
    algorithm = NSGA2(
        pop_size=50,
        sampling=start[:50],
        crossover=SBX(vtype=float, repair=RoundingRepair()),
        mutation=PM(vtype=float, repair=RoundingRepair()),
        eliminate_duplicates=True,
    )
    minimize(Wrapped(), algorithm, ("n_eval", count), seed=seed)
    return np.concatenate(found)[:count]


def method(name: str) -> Callable[[Problem, int, int], np.ndarray]:
    """How that method searches."""
    if name in ("pareto", "guided"):
        return lambda problem, count, seed: evolved(problem, count, seed, guided=name == "guided")
    if name == "pymoo":
        return pymoo
    return lambda problem, count, seed: sampled(problem, count, seed, name=name)


def score(problem: Problem, name: str, counts: tuple[int, ...], seeds: range) -> list[dict[str, object]]:
    """Median and quartiles of the share of the best hypervolume after each of `counts` evaluations."""
    shares, started = [], time.process_time()
    for seed in seeds:
        points = method(name)(problem, max(counts), seed)
        shares.append([hypervolume(points[:count], problem.reference) / problem.best for count in counts])
        print(f"{name}, seed {seed}: {shares[-1]}", flush=True)
    spent = (time.process_time() - started) / len(seeds) / max(counts)
    rows: list[dict[str, object]] = []
    for count, column in zip(counts, np.array(shares).T, strict=True):
        low, middle, high = (float(each) for each in np.quantile(column, [0.25, 0.5, 0.75]))
        rows.append(
            {
                "method": name,
                "evaluations": count,
                "first_seed": seeds[0],
                "seeds": len(seeds),
                "median": middle,
                "lower_quartile": low,
                "upper_quartile": high,
                "least": float(column.min()),
                "ms_per_trial": spent * 1e3,
            }
        )
    return rows


def main() -> None:
    """Score the methods and merge them into the problem's table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problem", choices=list(PROBLEMS), required=True)
    parser.add_argument("--data", type=Path, help="folder with dynas-t/*.csv, for ofa")
    parser.add_argument("--methods", nargs="+", default=["guided", "pareto", *SHORT])
    parser.add_argument("--evaluations", type=int, nargs="+", help="where to look; default: those of the problem")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.problem == "ofa" and options.data is None:
        parser.error("--problem ofa needs --data")
    problem = PROBLEMS["ofa"](options.data) if options.problem == "ofa" else PROBLEMS[options.problem]()
    out = options.out or RESULTS / f"search-{options.problem}.csv"
    counts = tuple(options.evaluations or CHECKPOINTS[options.problem])
    for name in options.methods:
        rows = score(problem, name, counts, range(options.first_seed, options.first_seed + options.seeds))
        for row in rows:
            print(row, flush=True)
        known = {_place(row): row for row in [*_read(out), *rows]}
        write_rows(out, [known[place] for place in sorted(known)])


def _place(row: dict[str, object]) -> tuple[int, int, str]:
    """Evaluations, first seed and method: one row each, in this order."""
    return int(str(row["evaluations"])), int(str(row["first_seed"])), str(row["method"])


def _read(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


if __name__ == "__main__":
    main()
