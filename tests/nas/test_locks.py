"""Locks that die with their process, and files of lines that several processes append to."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nas.locks import append_shared, holding, is_held


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    code = "import time\nfrom pathlib import Path\nfrom nas.locks import holding\n"
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
