"""Files of the run that the page carries with it."""

import base64
from dataclasses import dataclass
from pathlib import Path

from nas.runs import Run

MAX_BYTES = 1_500_000  # browsers refuse links of 2 MB; base64 makes a third more of it
TYPES = {".json": "application/json", ".csv": "text/csv", ".onnx": "application/octet-stream"}


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file with its size in bytes; `uri` is empty where it is too large to carry."""

    name: str
    what: str
    bytes: int
    uri: str


def downloads(run: Run) -> list[Download]:
    """The result tables, the chosen architecture and its ONNX file, as far as the folder holds them."""
    wanted = {
        "front.json": "everything, for programs",
        "front.csv": "the front",
        "published.csv": "the published models",
        "found-against-published.csv": "the comparison with them",
        "fleet.json": "fronts by device and the price of sharing",
        "config.json": "the settings of the search",
    }
    if run.best is not None:
        wanted[f"archs/{run.best.arch_id}.json"] = "the chosen architecture"
        wanted[f"{run.best.arch_id}.onnx"] = "the chosen network, for deployment"
    return [
        _download(run.folder / name, what) for name, what in wanted.items() if _holds_something(run.folder / name)
    ]


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 1  # a table without rows is one line break


def _download(path: Path, what: str) -> Download:
    size = path.stat().st_size
    uri = ""
    if size <= MAX_BYTES:
        uri = f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"
    return Download(name=path.name, what=what, bytes=size, uri=uri)
