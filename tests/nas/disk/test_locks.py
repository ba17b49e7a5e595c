"""Locks that die with their process, and files of lines that several processes append to."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nas.disk.locks import AppendLock, append_shared, hold, holding, is_held, need_locks
from nas.errors import UserError


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    code = "import time\nfrom pathlib import Path\nfrom nas.disk.locks import holding\n"
    code += f"with holding(Path({str(path)!r})):\n    print('held', flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert is_held(path)
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 5
    while is_held(path) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_held(path)
    with holding(path):
        assert is_held(path)
    assert not is_held(path)


def test_lines_of_many_writers_stay_whole_and_a_torn_one_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("first\ntorn")
    texts = [str(number) * 3000 for number in range(10)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda text: append_shared(path, {"text": text}), texts))
    lines = path.read_text().splitlines()
    assert lines[0] == "first"
    assert sorted(json.loads(line)["text"] for line in lines[1:]) == sorted(texts)


def test_a_folder_is_held_by_one_process_which_is_named(tmp_path: Path) -> None:
    code = "import sys\nfrom pathlib import Path\nfrom nas.disk.locks import hold\n"
    code += f"with hold(Path({str(tmp_path)!r})):\n    print('held', flush=True)\n    sys.stdin.read()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        began = time.monotonic()
        with pytest.raises(UserError, match=f"is in use by process {process.pid}; wait or stop it"), hold(tmp_path):
            pass
        assert time.monotonic() - began < 1
        process.send_signal(signal.SIGKILL)
    with hold(tmp_path):  # the dead one holds nothing
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
        mine = pytest.raises(UserError, match=f"is in use by process {os.getpid()}; help it")
        with mine, hold(tmp_path, hint="help it"):
            pass
    with hold(tmp_path):
        pass


def test_a_fork_does_not_inherit_what_is_held(tmp_path: Path) -> None:
    code = "import os, sys\nfrom pathlib import Path\nfrom nas.disk.locks import hold\n"
    code += "from nas.errors import UserError\n"
    code += f"folder = Path({str(tmp_path)!r})\n"
    code += "with hold(folder):\n    if not (child := os.fork()):\n        try:\n            with hold(folder):\n"
    code += "                os._exit(1)\n        except UserError:\n            os._exit(7)\n"
    code += "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7


def test_a_link_is_no_lock_and_what_it_points_to_is_untouched(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    before = target.stat().st_mtime_ns
    for name in (".lock", ".log.lock"):
        (tmp_path / name).symlink_to(target)
    with pytest.raises(UserError, match=r"\.lock is a symbolic link"), hold(tmp_path):
        pass
    with pytest.raises(UserError, match=r"\.lock is a symbolic link"), holding(tmp_path / ".lock"):
        pass
    with pytest.raises(UserError, match=r"\.lock is a symbolic link"):
        is_held(tmp_path / ".lock")
    with pytest.raises(UserError, match=r"\.log\.lock is a symbolic link"):
        append_shared(tmp_path / "log", {})
    assert (target.read_text(), target.stat().st_mtime_ns) == ("untouched", before)
    assert not (tmp_path / "log").exists()


def test_a_lock_on_appending_leaves_the_lines_readable(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append_shared(path, {"a": 1})
    lock = AppendLock(path)
    assert lock.acquire()
    assert path.read_text() == '{"a": 1}\n'
    assert is_held(tmp_path / ".log.lock")
    lock.release()
    assert not is_held(tmp_path / ".log.lock")


def test_systems_that_nobody_tried_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    need_locks("--join")
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(UserError, match="--join needs the file locks of Linux or macOS"):
        need_locks("--join")
