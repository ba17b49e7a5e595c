"""The candidates of a search measured, and a search again with what was learnt: see `nas.search.rounds`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nas.disk.files import make_folder
from nas.search.explore import explore
from nas.search.judge import Candidate, Judge
from nas.search.points import objectives_of, reference_point
from nas.search.rounds import Measure, Rounds
from nas.search.underway import Underway
from search_space import ArchConfig, arch_cost

AGAIN = 4  # the later rounds of a search have this part of its trials


@dataclass(kw_only=True, eq=False)
class _Again:
    """Searches every space again, with the trials that are `left`."""

    search: Underway
    left: int
    evaluated: list[ArchConfig]

    def __call__(self, number: int, judge: Judge, start: Sequence[ArchConfig]) -> list[ArchConfig]:
        search, config, cheap = self.search, self.search.config, self.search.judge.accuracy.cheap
        part_of_trials, found = (config.trials or 0) // AGAIN, list[ArchConfig]()
        for index, part in enumerate(search.parts):
            trials = max(2, part_of_trials) if cheap else min(part_of_trials, self.left)
            seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
            name = str(number) if index == 0 else f"{number}-{part.space.name}"
            explored = explore(
                part.space,
                judge.blind(),
                replace(config, trials=trials if trials > 1 else 0, evaluations=None, seed=seed, warm=True),
                list(dict.fromkeys([*part.starts, *(arch for arch in start if arch in part.space)])),
                folder=make_folder(search.folder / "rounds" / name),
                on_trials=lambda _done: None,
                earlier=[] if cheap else self.evaluated,
            )
            self.left -= explored.trials
            found += explored.networks
        self.evaluated.extend(judge.judged)
        return [*found, *start]


def verify(search: Underway, candidates: Sequence[Candidate], measure: Measure, *, left: int) -> Rounds:
    """Measure candidates of the first search, which left so many trials, and search again in some rounds."""
    judge, config, goals = search.judge, search.config, search.goals
    largest = max((part.space.largest() for part in search.parts), key=lambda arch: arch_cost(arch).macs)
    again = _Again(search=search, left=left, evaluated=judge.judged)
    rounds = Rounds(
        latency=judge.latencies[0],
        judge_with=judge.with_latency,
        goals=goals,
        confidence=config.confidence,
        measure=measure,
        reference=reference_point(objectives_of(judge(search.starts), goals), goals, largest),
    )
    archs = dict.fromkeys(each.network for each in candidates)
    rounds.run([arch for arch in archs if isinstance(arch, ArchConfig)], again, rounds=config.rounds)
    return rounds
