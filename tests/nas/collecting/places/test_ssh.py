"""Measuring over ssh against a real server on the loopback interface, connections cut on the way."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nas.collecting.places.results import import_results
from nas.collecting.places.ssh import ConnectionLostError, Remote, measure_on
from nas.devices import Device
from nas.errors import UserError
from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.journal import Journal

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
needs_sshd = pytest.mark.skipif(not SSHD or os.geteuid() != 0, reason="needs OpenSSH's server, and root to start it")


@pytest.mark.parametrize(
    "host", ["-oProxyCommand=evil", "user@-evil", "a b", "a;evil", "$(evil)", "", "user@", "a\nb"]
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(UserError, match=r"^--host .* is no host"):
        Remote(host=host)


def test_arguments_reach_the_other_shell_quoted() -> None:
    command = Remote(host="user@board").command(["echo", "a b", "$(evil)"])
    assert command[0] == "ssh"
    assert command[-3:] == ["--", "user@board", "echo 'a b' '$(evil)'"]


class Server:
    """sshd on a free port of the loopback interface whose sessions begin in `home`."""

    def __init__(self, folder: Path) -> None:
        self.home, self.config = folder / "home", folder / "ssh_config"
        self.home.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized")
        (folder / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
            f"StrictModes no\nUsePAM no\nPidFile none\nMaxStartups 100\nPermitRootLogin yes\n"
            f'ForceCommand cd {self.home} && eval "$SSH_ORIGINAL_COMMAND"\n'
        )
        self.config.write_text(
            f"Host board\nHostName 127.0.0.1\nPort {port}\nUser {getpass.getuser()}\nIdentityFile {folder}/user\n"
            "IdentitiesOnly yes\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n"
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        assert SSHD
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL
        )

    def cut(self) -> bool:
        """Cut every open connection; whether there was one."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        return bool(children)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "server").mkdir()
    found = Server(tmp_path / "server")
    yield found
    found.process.terminate()
    found.process.wait()


def remote(server: Server) -> Remote:
    return Remote(host="board", config=server.config, python=sys.executable)


def reach(server: Server) -> None:
    for _ in range(50):
        try:
            remote(server).run(["true"])
        except ConnectionLostError:
            time.sleep(0.1)
        else:
            return


@needs_sshd
def test_cut_twice_the_table_is_whole(server: Server, archive: Path, board: Device, tmp_path: Path) -> None:
    reach(server)
    notes, steps, end = list[str](), list[tuple[int, int]](), threading.Event()

    def cut() -> None:
        while len(notes) < 2 and not end.is_set():  # a connection that was through already does not count
            time.sleep(0.3 if server.cut() else 0.002)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        found = measure_on(
            remote(server),
            archive,
            tmp_path / "t",
            on_step=lambda *step: steps.append(step),
            on_note=notes.append,
            poll_s=0.1,
        )
    finally:
        end.set()
        thread.join()
    assert len(notes) >= 2
    table, _ = import_results(found, device=board, folder=tmp_path / "t", bundle=archive)
    journal = Journal(found, None, repair=False)
    visits = [(v.model, v.group, v.round) for v in journal.visits]
    assert len(set(visits)) == len(visits)
    assert len({row.row_id for row in table.rows}) == len(journal.plan["items"]) == len(table.rows)
    assert steps[-1][0] == steps[-1][1]
    assert [path.name[:11] for path in server.home.iterdir()] == ["nas-bundle-"]


@needs_sshd
def test_what_the_runner_says_comes_home(server: Server, archive: Path, tmp_path: Path) -> None:
    reach(server)
    with pytest.raises(RunnerError, match=r"board: .*nothing-here"):
        measure_on(Remote(host="board", config=server.config, python="/nothing-here"), archive, tmp_path, poll_s=0.1)


def test_a_board_that_is_not_there_is_given_up(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host board\nHostName 127.0.0.1\nPort 1\n")
    with pytest.raises(ConnectionLostError, match="refused; the board goes on; so does the same command"):
        measure_on(Remote(host="board", config=tmp_path / "config"), archive, tmp_path, patience_s=0.2, poll_s=0.05)
