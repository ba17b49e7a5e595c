"""Starting from evaluations that earlier searches made: another device or budget costs few new ones, or none."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from nas.disk.files import read_json, write_json
from nas.errors import UserError
from nas.search.arrays import ArrayJudge
from nas.search.front import pareto_mask
from nas.search.judge import AccuracyJudge, Remembering
from nas.search.pareto import Told
from nas.search.progress import told
from search_space import ArchConfig, SearchSpace

# A search that began warm ends once this many new evaluations raised the hypervolume by no more than that share.
PATIENCE, GROWTH = 16, 0.01
MOST_TOLD = 1000  # evaluations that a model is fitted to; its cost grows with their cube


def earlier_evaluations(folder: Path, accuracy: AccuracyJudge, space: SearchSpace) -> list[ArchConfig]:
    """The networks of `space` that were evaluated before the search in `folder` began, by their `arch_id`.

    Which these are is kept in `earlier.json`, so that a killed search goes on from the same ones.

    Raises:
        UserError: that file is broken; names it.
    """
    if not isinstance(accuracy, Remembering):
        return []
    known = {arch.arch_id: arch for arch in accuracy.earlier() if arch in space}
    path = folder / "earlier.json"
    if not path.exists():
        write_json(path, sorted(known), indent=0)
    try:
        wanted = {str(arch_id) for arch_id in read_json(path)}
    except (ValueError, TypeError):
        raise UserError(f"{path} is no list of networks; delete the folder or choose another --out") from None
    return [known[arch_id] for arch_id in sorted(wanted & known.keys())]


def tell_earlier(
    tell: Callable[[Told], np.ndarray], judge: ArrayJudge, space: SearchSpace, archs: Sequence[ArchConfig]
) -> None:
    """Tell a search what evaluated networks are worth under its own latencies, about `MOST_TOLD` of them at most.

    Of more, the front is told and every part of the range of latencies keeps its share.
    """
    genotypes = np.array([space.encode(arch) for arch in archs])
    judged = judge(genotypes)
    order = np.argsort(judged.objectives[:, 1], kind="stable")
    spread = order[np.linspace(0, len(order) - 1, min(len(order), MOST_TOLD)).round().astype(int)]
    within = np.flatnonzero(judged.violations <= 0)
    front = within[pareto_mask(judged.objectives[within])]
    tell(told(genotypes, judged).at(np.union1d(spread, front)))
