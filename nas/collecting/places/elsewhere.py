"""What the places away from this machine have in common: a bundle goes there, a results file comes back."""

from collections.abc import Callable
from pathlib import Path

from nas.collecting.places.bundle import is_bundle_of, write_bundle
from nas.collecting.places.place import Job, Outcome, Progress
from nas.collecting.places.results import import_results, left_out


def bundle_of(job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Path:
    """The bundle of a job, written unless it is there."""
    path = job.bundle or job.folder / "bundle.zip"
    if not is_bundle_of(path, job.plan, device=job.device, space=job.space, protocol=job.protocol):
        with progress("exporting") as step:
            report = write_bundle(
                job.plan, device=job.device, space=job.space, protocol=job.protocol, path=path, on_step=step
            )
        for key, reason in report.failed.items():
            on_note(f"{key} {reason}")
    return path


def filed(results: Path, job: Job, *, bundle: Path | None, mixed: bool = False) -> Outcome:
    """What came of a results file; `mixed` where machines of one kind shared the work."""
    table, new = import_results(results, device=job.device, folder=job.folder, bundle=bundle, mixed=mixed)
    return Outcome(table=table, new=new, missing=left_out(results) if new else 0)
