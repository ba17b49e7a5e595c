"""What goes elsewhere is a bundle, written once, and what comes back is filed."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nas.collecting.places import Job
from nas.collecting.places.bundle import Carried
from nas.collecting.places.elsewhere import bundle_of, filed
from nas.devices import Device
from nas.measuring.plan import Plan
from nas.measuring.runner.bundle import Bundle
from nas.measuring.runner.protocol import MeasuringProtocol
from search_space import SearchSpace


@contextmanager
def never(text: str) -> Iterator[Callable[[int, int], None]]:
    raise AssertionError(f"{text} again")
    yield lambda done, total: None


@pytest.fixture
def job(plan: Plan, board: Device, tiny_space: SearchSpace, archive: Path, tmp_path: Path) -> Job:
    protocol = MeasuringProtocol(**Bundle(archive).manifest["protocol"])
    return Job(plan=plan, device=board, space=tiny_space, protocol=protocol, folder=tmp_path / "t", bundle=archive)


def test_a_bundle_that_is_there_is_not_written_again(job: Job) -> None:
    assert bundle_of(job, progress=never, on_note=print) == job.bundle


def test_half_of_the_results_are_filed_and_the_rest_is_counted(job: Job, measured: Path, tmp_path: Path) -> None:
    results = Path(shutil.copy(measured / "results.jsonl", tmp_path))
    content = results.read_bytes()
    lines = content.splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if b'"wall_ns"' in line)
    results.write_bytes(b"".join(lines[: first + 1]))
    half = filed(results, job, bundle=job.bundle)
    assert (half.new, half.missing) == (1, len(job.plan.items) - 1)
    results.write_bytes(content)
    whole = filed(results, job, bundle=job.bundle)
    assert whole.table is not None
    assert (len(whole.table.rows), whole.missing) == (len(job.plan.items), 0)
    assert filed(results, job, bundle=job.bundle).new == 0


def test_a_bundle_is_told_with_its_steps_and_what_failed(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports are cut short here; they are tested with the bundle."""

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("no such operator")

    monkeypatch.setattr("nas.collecting.places.bundle.write_model", refuse)
    steps, notes = list[tuple[int, int]](), list[str]()

    @contextmanager
    def progress(text: str) -> Iterator[Callable[[int, int], None]]:
        notes.append(text)
        yield lambda *step: steps.append(step)

    elsewhere = Job(
        plan=job.plan, device=job.device, space=job.space, protocol=job.protocol, folder=tmp_path / "folder"
    )
    report = Carried().measure(elsewhere, progress=progress, on_note=notes.append).bundle
    assert report is not None
    assert report.path == tmp_path / "folder" / "bundle.zip"
    count = len(job.plan.items)
    assert steps == [(done, count) for done in range(1, count + 1)]
    assert notes[0] == "exporting"
    assert notes[1:] == [f"{item.key} cannot be exported: no such operator" for item in job.plan.items]
    assert set(Bundle(report.path).manifest["failed"]) == {item.key for item in job.plan.items}
