"""`nas train`: a bar while it trains, then what the supernet's members reach and what that took."""

from typing import TYPE_CHECKING

from nas.commands.console import print_json, print_notes, progress, stderr, stdout
from nas.errors import UserError
from nas.training import Trained, TrainingJob, Watch, train_supernet

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from supernet import Progress


def train_command(job: TrainingJob, *, as_json: bool) -> None:
    """Train a supernet or go on with it, then say how its largest, smallest and random sub-networks do."""
    with progress() as bar:
        found = train_supernet(job, _watch(bar))
    if found is None:
        return
    print_notes(list(found.notes))
    if as_json:
        print_json(found.to_dict())
    else:
        _report(found)


def sizes(text: str | None) -> tuple[int, ...] | None:
    """The value of `--resolutions`, say `96,128`, each size once.

    Raises:
        UserError: not a list of sizes.
    """
    if text is None:
        return None
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        found = (0,)
    if min(found) < 1:
        raise UserError(f"--resolutions {text!r} is not a list of sizes in pixels such as 96,128")
    return found


def _watch(bar: "Bar") -> Watch:
    """A line of the bar for each stage, from its beginning on."""
    lines: dict[str, TaskID] = {}

    def line(stage: str) -> "TaskID":
        if stage not in lines:
            lines[stage] = bar.add_task(stage, total=None, note="")
        return lines[stage]

    def on_step(state: "Progress") -> None:
        bar.update(line("training"), completed=state.step, total=state.steps, note=_note(state))

    def on_stage(stage: str, done: int, total: int) -> None:
        bar.update(line(stage), completed=done, total=total or None)

    return Watch(on_step=on_step, on_stage=on_stage, say=_say)


def _note(state: "Progress") -> str:
    scores = "  ".join(f"{name} {value:.1f} %" for name, value in state.scores.items())
    return f"epoch {state.epoch}  loss {state.loss:.3f}  {state.images_per_second:.0f} images/s  {scores}"


def _say(text: str) -> None:
    stderr.print(text, highlight=False, markup=False)


def _report(found: Trained) -> None:
    from supernet import Ledger

    shares = ", ".join(f"{name} {share:.0%}" for name, share in found.attention_shares.items())
    lines = (
        f"{found.folder}: held-out {found.metric.words} on {found.largest.images} images: "
        f"largest {found.largest.value:.1f} %, smallest {found.smallest.value:.1f} %, "
        f"{len(found.random)} random ones {found.random_mean:.1f} % on average, {found.random_lowest:.1f} % at least",
        f"spent with recipe {found.recipe}: {Ledger.from_dict(found.ledger).describe()}",
        f"attention types trained: {shares}",
        f"log: {found.folder / 'log.csv'}; tensorboard --logdir {found.folder}",
    )
    for line in lines:
        stdout.print(line, highlight=False, markup=False)
