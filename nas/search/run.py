"""One search from its budgets to its files: explore, compare, verify, compare again, write.

Several spaces are searched one after another, each with a study of its own, and share one front.
"""

from collections.abc import Callable
from dataclasses import replace

from nas.disk.files import hold, make_folder
from nas.search.compare import compare, compare_measured
from nas.search.engines import opened
from nas.search.explore import explore_all
from nas.search.feasibility import feasible_spaces
from nas.search.judge import AccuracyJudge, Judge
from nas.search.outcome import SearchResult
from nas.search.prepare import PreparedSearch
from nas.search.record import claim
from nas.search.rounds import Measure
from nas.search.underway import Underway, part_of
from nas.search.verify import verify
from nas.search.write import write


def run_search(
    search: PreparedSearch,
    *,
    on_trials: Callable[[int], None] = lambda _done: None,
    measure: Measure | None = None,
) -> SearchResult:
    """Search and write the results; the same search in the same folder goes on where it stopped.

    The engine decides who evaluates, and nothing of what is found.

    Raises:
        BudgetError: a budget or a limit cannot be met.
        UserError: the folder cannot be written or holds another search.
    """
    folder, checked = make_folder(search.folder), None
    claimed = hold(folder, hint="wait, stop it, or help it with --join")
    with claimed, opened(search.engine, search.accuracy, space=search.spaces[0], folder=folder) as shared:
        underway = begin(search, shared, on_trials)
        explored = explore_all(underway)
        standing = compare(underway, explored.networks)
        if measure is not None:
            left = (underway.config.trials or 0) - explored.trials
            checked = verify(underway, standing.worth_measuring, measure, left=left)
            standing = compare_measured(underway, standing, checked)
        return write(underway, standing, verified=explored.verified, checked=checked)


def begin(search: PreparedSearch, shared: AccuracyJudge, on_trials: Callable[[int], None]) -> Underway:
    """The search in its folder, which is from now on its own; `shared` is its judge as the engine evaluates it.

    Raises:
        BudgetError: a budget cannot be met.
        UserError: the folder holds another search.
    """
    feasible = feasible_spaces(search.spaces, search.targets, confidence=search.config.confidence)
    config = replace(search.config, batch=claim(search.folder, search.record))
    latencies = [each.latency for each in search.targets]
    return Underway(
        config=config,
        record={**search.record, "batch": config.batch},
        folder=search.folder,
        judge=Judge(shared, latencies, config.confidence, search.known),
        parts=tuple(part_of(space, first, search.accuracy, config, search.folder) for space, first in feasible),
        on_trials=on_trials,
    )
