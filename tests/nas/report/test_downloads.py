"""Files that the page carries with it."""

import base64
from pathlib import Path

import pytest

from nas.report.downloads import MAX_BYTES, downloads
from nas.runs import NetworkRow, Run, Settings

BEST = NetworkRow(
    arch_id="0123456789abcdef",
    name="best",
    accuracy=70.0,
    accuracy_low=None,
    accuracy_high=None,
    accuracy_origin="measured",
    latency_p50_ms=1.0,
    latency_low_ms=None,
    latency_high_ms=None,
    latency_origin="measured",
    parameters=None,
    macs=None,
    resolution="",
    attention_types="",
    published=False,
)


def run(folder: Path, best: NetworkRow | None = None) -> Run:
    return Run(
        folder=folder,
        settings=Settings(),
        front=(),
        published=(),
        best=best,
        latency_origin="measured",
        accuracy_origin="measured",
    )


def test_what_the_folder_holds_is_carried_whole(tmp_path: Path) -> None:
    (tmp_path / "front.csv").write_text("a,b\n1,2\n")
    (tmp_path / "published.csv").write_text("\n")  # a table without rows
    (tmp_path / "unknown.txt").write_text("not asked for")
    (found,) = downloads(run(tmp_path))
    assert (found.name, found.what, found.bytes) == ("front.csv", "the front", 8)
    kind, _, data = found.uri.partition(",")
    assert kind == "data:text/csv;base64"
    assert base64.b64decode(data) == b"a,b\n1,2\n"


def test_the_chosen_network_s_files_come_where_one_is_chosen(tmp_path: Path) -> None:
    (tmp_path / "archs").mkdir()
    (tmp_path / "archs" / f"{BEST.arch_id}.json").write_text("{}")
    (tmp_path / f"{BEST.arch_id}.onnx").write_bytes(b"onnx")
    assert downloads(run(tmp_path)) == []
    assert [each.what for each in downloads(run(tmp_path, BEST))] == [
        "the chosen architecture",
        "the chosen network, for deployment",
    ]


@pytest.mark.parametrize(("more", "carried"), [(0, True), (1, False)])
def test_what_is_too_large_for_a_link_is_named_alone(tmp_path: Path, more: int, carried: bool) -> None:
    (tmp_path / "front.json").write_bytes(b" " * (MAX_BYTES + more))
    (found,) = downloads(run(tmp_path))
    assert (found.bytes, bool(found.uri)) == (MAX_BYTES + more, carried)
