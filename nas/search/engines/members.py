"""Who takes part in a search: one leader and any workers, each with a lock that dies with its process."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nas.disk.locks import holding, is_held

LEADER, WORKERS = ".leader.lock", ".workers"


@contextmanager
def leading(folder: Path) -> Iterator[None]:
    """Lead the search in `folder`, after whoever leads it now."""
    with holding(folder / LEADER):
        yield


def is_led(folder: Path) -> bool:
    """Whether workers are wanted in `folder`."""
    return is_held(folder / LEADER)


@contextmanager
def member(folder: Path) -> Iterator[str]:
    """Sign on; the name lives as long as this process at most."""
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
    path = folder / WORKERS / f"{name}.lock"
    path.parent.mkdir(exist_ok=True)
    with holding(path):
        try:
            yield name
        finally:
            path.unlink(missing_ok=True)


def lives(folder: Path, worker: str) -> bool:
    """Whether the process that signed on under that name is there; what follows a slash is its own affair."""
    return is_held(folder / WORKERS / f"{worker.partition('/')[0]}.lock")


def clear_dead(folder: Path) -> None:
    """Remove the lock files of processes that are gone."""
    for path in (folder / WORKERS).glob("*.lock"):
        if not is_held(path):
            path.unlink(missing_ok=True)
