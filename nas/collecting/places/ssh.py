"""Measuring on a board over ssh: copy the bundle, start its runner, follow it, bring the results home.

The system's ssh does the talking, called with argument lists. Each step can be repeated: a connection that breaks is
opened again, a runner that stopped goes on where it was.
"""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nas.collecting.places.bundle import board_runtime
from nas.collecting.places.elsewhere import bundle_of, filed
from nas.collecting.places.place import Job, Outcome, Progress
from nas.devices import Device
from nas.disk.files import make_folder
from nas.errors import UserError
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal

_HOST = re.compile(
    r"(ssh://)?([A-Za-z0-9_][A-Za-z0-9._-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(:\d{1,5})?"
)
_CONNECTION_LOST = 255  # ssh's own failures; other codes are the remote command's


class ConnectionLostError(UserError):
    """ssh could not reach the board, or the connection broke."""

    exit_code = 1


@dataclass(frozen=True, kw_only=True)
class Remote:
    """A board that ssh can reach without a password; `config` is an ssh configuration file of its own.

    Raises:
        UserError: the host could be read as an option or a command.
    """

    host: str
    config: Path | None = None
    python: str = "python3"

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise UserError(f"--host {self.host!r} is no host; write user@board or ssh://user@board:2222")
        if not re.fullmatch(r"[A-Za-z0-9_./-]+", self.python) or self.python.startswith("-"):
            raise UserError(f"{self.python!r} is no path of a Python")

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The argument list that runs `arguments` on the board; ssh hands one quoted line to the shell there."""
        options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
        options += ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
        config = ["-F", str(self.config)] if self.config else []
        return ["ssh", *config, *options, "--", self.host, shlex.join(arguments)]

    def run(self, arguments: Sequence[str], *, upload: Path | None = None) -> bytes:
        """Standard output of a command on the board, `upload` on its standard input.

        Raises:
            ConnectionLostError: the board cannot be reached; the same call may work later.
            RunnerError: the command failed; gives its last line.
        """
        with (upload or Path("/dev/null")).open("rb") as file:
            done = subprocess.run(self.command(arguments), stdin=file, capture_output=True, check=False)  # noqa: S603
        if done.returncode == 0:
            return done.stdout
        text = done.stderr.decode("utf-8", errors="replace").strip()
        last = text.splitlines()[-1] if text else f"exit code {done.returncode}"
        if done.returncode == _CONNECTION_LOST:
            raise ConnectionLostError(f"{self.host}: {last}")
        raise RunnerError(f"{self.host}: {last}")


class OverSsh:
    """A board that ssh can reach: the bundle is copied there, its runner started, the results brought home."""

    name = "ssh"

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def check(self, device: Device) -> None:
        """Whether the device's runtime travels.

        Raises:
            UserError: it does not.
        """
        board_runtime(device)

    def measure(self, job: Job, *, progress: Progress, on_note: Callable[[str], None]) -> Outcome:
        """Measure on the board; where the connection stays lost, the board goes on by itself."""
        path = bundle_of(job, progress=progress, on_note=on_note)
        with progress(f"measuring on {self._remote.host}") as step:
            results = measure_on(self._remote, path, job.folder, on_step=step, on_note=on_note)
        return filed(results, job, bundle=path)


# Written to a temporary name and checked before it counts, so that a connection cut half-way leaves no half file.
_RECEIVE = """
import hashlib, os, sys
name, expected = sys.argv[1:]
os.makedirs(os.path.dirname(name), exist_ok=True)
with open(name + ".part", "wb") as file:
    data = sys.stdin.buffer.read()
    file.write(data)
if hashlib.sha256(data).hexdigest() != expected:
    sys.exit("the connection broke while copying")
os.replace(name + ".part", name)
"""
_SEND = """
import os, sys
with open(sys.argv[1], "rb") as file:
    file.seek(int(sys.argv[2]))
    sys.stdout.buffer.write(file.read())
"""


def measure_on(
    remote: Remote,
    bundle: Path,
    folder: Path,
    *,
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
    on_note: Callable[[str], None] = lambda _text: None,
    patience_s: float = 600.0,
    poll_s: float = 5.0,
) -> Path:
    """Measure `bundle` on the board and return the results file, kept in `folder`.

    Everything on the board is below `nas-bundle-<digest>` in the home folder there. The same call goes on after it
    was stopped. A connection that stays lost for `patience_s` ends it.

    Raises:
        ConnectionLostError: the board was out of reach for too long; it goes on measuring by itself.
        RunnerError: the runner on the board ended with an error; gives its last line.
    """
    board = _Board(remote, bundle, on_note, patience_s, poll_s)
    board.copy()
    restarts, last_done = 0, -1
    while not (status := board.status())["finished"]:
        if status["total"]:
            on_step(status["done"], status["total"])
        if not status["running"]:
            restarts = restarts + 1 if status["done"] == last_done else 0
            if restarts > 2:
                raise RunnerError(f"{remote.host}: the runner stops: {status['message'] or 'no message'}")
            last_done = status["done"]
            board.start()
        time.sleep(poll_s)
    on_step(status["total"], status["total"])
    return board.fetch(make_folder(folder) / "fetched.jsonl")


class _Board:
    """The steps, each repeated until it comes through."""

    def __init__(
        self, remote: Remote, bundle: Path, on_note: Callable[[str], None], patience_s: float, poll_s: float
    ) -> None:
        self._remote, self._bundle, self._on_note = remote, bundle, on_note
        self._patience_s, self._poll_s = patience_s, poll_s
        self._digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        self._folder = f"nas-bundle-{self._digest[:16]}"

    def copy(self) -> None:
        """Copy the bundle unless it is there."""
        there = self._insist(["ls", "-1", "."]).decode().split()
        if self._folder not in there or b"bundle.zip\n" not in self._insist(["ls", "-1", self._folder]):
            self._upload(self._bundle, f"{self._folder}/bundle.zip")

    def start(self) -> None:
        """Start the runner, detached from this connection; one that is at work already stays alone."""
        self._insist(self._runner("--detach"))

    def status(self) -> dict[str, Any]:
        """What the runner says of itself."""
        return dict(json.loads(self._insist(self._runner("--status"))))

    def fetch(self, path: Path) -> Path:
        """Bring the results home; what came before a cut is kept, and the whole is checked."""
        part = path.with_name(f".{path.name}.part")
        name = f"{self._folder}/results.jsonl"
        wanted = int(self._insist(["wc", "-c", name]).split()[0])
        part.touch()
        while (size := part.stat().st_size) < wanted:
            data = self._insist([self._remote.python, "-c", _SEND, name, str(size)])
            with part.open("ab") as file:
                file.write(data)
        try:
            Journal(part, None, repair=False)
        except RunnerError:
            part.unlink()  # it mixes two runs, or broke on the way: the next try begins afresh
            raise
        shutil.move(part, path)
        return path

    def _runner(self, *arguments: str) -> list[str]:
        out = f"{self._folder}/results.jsonl"
        return [self._remote.python, f"{self._folder}/bundle.zip", "--out", out, *arguments]

    def _upload(self, path: Path, name: str) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._insist([self._remote.python, "-c", _RECEIVE, name, digest], upload=path)

    def _insist(self, arguments: Sequence[str], *, upload: Path | None = None) -> bytes:
        """Run a command until it comes through."""
        lost_at = None
        while True:
            try:
                return self._remote.run(arguments, upload=upload)
            except ConnectionLostError as error:
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at >= self._patience_s:
                    raise ConnectionLostError(f"{error}; the board goes on; so does the same command") from None
                self._on_note(f"{error}; trying again")
                time.sleep(self._poll_s)
