"""A run as one value, and how a search writes it to its folder."""

from dataclasses import dataclass
from pathlib import Path

from nas.archs import RUNS
from nas.disk.files import write_json, write_text
from nas.errors import UserError
from nas.runs.answer import AnswerText
from nas.runs.blocks import Blocks
from nas.runs.checks import AccuracyCheck, LatencyCheck, Round
from nas.runs.comparison import BaselineRow, ComparisonRow, ProspectRow
from nas.runs.fields import table_text
from nas.runs.fleet import Fleet
from nas.runs.network import NetworkRow
from nas.runs.settings import Settings
from nas.runs.trials import Trials

RESULT, ANSWER, BLOCKS, FLEET = "front.json", "answer.json", "blocks.json", "fleet.json"
COMPARISONS = "found-against-published.csv"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished search: what was asked, its front (fastest first) and published models, and what is said of them.

    `best` is the chosen network of the front, `latency_origin` and `accuracy_origin` what its figures rest on.
    `prospects` would have to be trained, best first. The checks hold what was predicted and then found, in `rounds`
    of measuring. `trials`, `blocks` (where the chosen network's latency goes) and `answer` stand beside
    the result; `gaps` are sentences on what the folder does not hold.
    """

    folder: Path
    settings: Settings
    front: tuple[NetworkRow, ...]
    published: tuple[NetworkRow, ...]
    best: NetworkRow | None
    latency_origin: str
    accuracy_origin: str
    comparisons: tuple[ComparisonRow, ...] = ()
    baselines: tuple[BaselineRow, ...] = ()
    prospects: tuple[ProspectRow, ...] = ()
    accuracy_checks: tuple[AccuracyCheck, ...] = ()
    latency_checks: tuple[LatencyCheck, ...] = ()
    rounds: tuple[Round, ...] = ()
    fleet: Fleet | None = None
    trials: Trials | None = None
    blocks: Blocks | None = None
    answer: AnswerText | None = None
    gaps: tuple[str, ...] = ()

    @property
    def budget_ms(self) -> float | None:
        """The latency budget on the first device, if the run has one."""
        return self.settings.budget_ms


def find_run(text: str) -> Path:
    """The folder of a run: a path, or its name under `results/search`.

    Raises:
        UserError: there is no such folder; names the runs that there are.
    """
    for folder in (Path(text), RUNS / text):
        if folder.is_dir():
            return folder
    names = ", ".join(sorted(path.parent.name for path in RUNS.glob("*/config.json"))) or "none"
    raise UserError(f"no run at {text}; runs in {RUNS}: {names}")


def write(run: Run) -> None:
    """Write the tables and the result of a search; each file appears whole, `front.json` last."""
    folder, fleet = run.folder, run.fleet
    if run.comparisons:
        write_text(folder / COMPARISONS, table_text([each.to_row() for each in run.comparisons]))
    if fleet is not None:
        write_json(folder / FLEET, fleet.to_json())
    for name, rows in (("front", run.front), ("published", run.published)):
        write_text(folder / f"{name}.csv", table_text([row.to_row() for row in rows]))
    found = {
        "front": [row.to_row() for row in run.front],
        "published": [row.to_row() for row in run.published],
        "best": run.best.arch_id if run.best else None,
        "baselines": [each.to_json() for each in run.baselines],
        "found_against_published": [each.to_row() for each in run.comparisons],
        "prospects": [each.to_json() for each in run.prospects],
        "verification": [each.to_json() for each in run.accuracy_checks],
        "latency_verification": [each.to_json() for each in run.latency_checks],
        "verified_rounds": [each.to_json() for each in run.rounds],
        "latency_origin": run.latency_origin,
        "accuracy_origin": run.accuracy_origin,
    }
    write_json(folder / RESULT, {**run.settings.to_json(), **found})


def write_answer(folder: Path, answer: AnswerText) -> None:
    """Keep what was answered in the folder of a run."""
    write_json(folder / ANSWER, answer.to_json(), indent=1)


def write_blocks(folder: Path, blocks: Blocks) -> None:
    """Keep where the latency of the chosen network goes in the folder of a run."""
    write_json(folder / BLOCKS, blocks.to_json(), indent=1)
