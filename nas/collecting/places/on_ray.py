"""Measuring on many boards at once: one Ray task per group of the plan, on nodes that carry `device:<name>`.

Start Ray on a board with `ray start --address HEAD:6379 --resources '{"device:my-board": 1}'`; it needs what a bundle
needs, and nothing of this toolkit. The anchors are in every group, so that boards of unlike speed fill one table.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.collecting.places.bundle import board_runtime
from nas.collecting.places.elsewhere import bundle_of, filed
from nas.collecting.places.place import Job, Outcome, Progress
from nas.devices import Device
from nas.disk.files import hold, make_folder, parse_json, write_bytes
from nas.errors import UserError
from nas.measuring.runner.bundle import check_names
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal

if TYPE_CHECKING:
    from ray import ObjectRef

RETRIES = 3  # per group, when a board goes away while it measures


class OnRay:
    """Boards that are nodes of a Ray cluster; equal ones fill one table together."""

    name = "ray"

    def __init__(self, address: str = "auto") -> None:
        self._address = address

    def check(self, device: Device) -> None:
        """Whether the device's runtime travels.

        Raises:
            UserError: it does not.
        """
        board_runtime(device)

    def measure(self, job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Outcome:
        """Measure a group per task on the nodes that carry the device."""
        path = bundle_of(job, progress=progress, on_note=on_note)
        with progress(f"measuring on Ray ({self._address})") as step:
            results = measure_on_farm(
                path, device=job.device, folder=job.folder, address=self._address, on_step=step, on_note=on_note
            )
        return filed(results, job, bundle=path, mixed=True)


def measure_on_farm(
    bundle: Path,
    *,
    device: Device,
    folder: Path,
    address: str = "auto",
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
    on_note: Callable[[str], None] = lambda _text: None,
) -> Path:
    """Measure the groups of `bundle` that `folder` lacks and return the results file; a step is a group.

    A group is on disk here as soon as its board is through with it; the same call goes on after a stop.

    Raises:
        UserError: no node carries the device; says which are there.
        RunnerError: boards with unlike runtimes, or a group that failed on every try; gives its last line.
    """
    import ray

    with zipfile.ZipFile(bundle) as archive:
        check_names(bundle, archive.infolist())
        groups = parse_json(archive.read("manifest.json"), bundle)["groups"]
    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False)
    _check_nodes(ray.cluster_resources(), device)
    with hold(make_folder(folder)):
        results = folder / "farm.jsonl"
        finished = Journal(results, None, repair=False).finished if results.exists() else set()
        data = ray.put(bundle.read_bytes())
        task = ray.remote(_task()).options(resources={f"device:{device.name}": 1}, num_cpus=0, max_retries=RETRIES)
        tasks = {task.remote(data, group): group for group in range(len(groups)) if group not in finished}
        on_step(len(groups) - len(tasks), len(groups))
        _gather(tasks, results, len(groups), on_step, on_note)
    return results


def _check_nodes(resources: dict[str, float], device: Device) -> None:
    if not resources.get(f"device:{device.name}"):
        there = sorted(name for name in resources if name.startswith("device:"))
        wanted, found = f"device:{device.name}", ", ".join(there) or "none"
        raise UserError(f"no node of the Ray cluster carries the resource {wanted!r}; there: {found}")


def _gather(
    tasks: "dict[ObjectRef[Any], int]",
    results: Path,
    total: int,
    on_step: Callable[[int, int], None],
    on_note: Callable[[str], None],
) -> None:
    import ray

    failures = []
    while tasks:
        (done,), _ = ray.wait(list(tasks), num_returns=1)
        group = tasks.pop(done)
        try:
            content, message = ray.get(done)
        except ray.exceptions.RayError as error:  # the board went away once too often
            content, message = b"", f"{type(error).__name__}: {error}".splitlines()[0]
        if content:
            _take_over(content, results)
        else:
            failures.append(f"group {group}: {message}")
            on_note(failures[-1])
        on_step(total - len(tasks), total)
    if failures:
        raise RunnerError(f"{len(failures)} of {total} groups failed, {failures[0]}; the same command tries again")


def _take_over(content: bytes, results: Path) -> None:
    """Append what one board measured to the file of them all.

    Raises:
        RunnerError: its runtime is another one, or a line was changed on the way.
    """
    part = results.with_name("part.jsonl")
    write_bytes(part, content)
    try:
        found = Journal(part, None, repair=False)
        journal = Journal(results, found.header)
        journal.note_plan(found.plan)
        journal.take_over(found)
    finally:
        part.unlink()


def _task() -> Callable[[bytes, int], tuple[bytes, str]]:
    """A function that Ray carries to the boards by value, since they do not have this module."""

    def measure(bundle: bytes, group: int) -> tuple[bytes, str]:
        import subprocess
        import sys
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "bundle.zip").write_bytes(bundle)
            command = [sys.executable, "-I", "bundle.zip", "--groups", str(group)]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                return b"", (done.stderr.strip().splitlines() or ["no message"])[-1]
            return (folder / "results.jsonl").read_bytes(), ""

    return measure
