"""Engine `ray` on a real cluster of two nodes, of which one is killed in mid-search."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend, JournalStorage

from nas.search.engines import EngineConfig
from nas.search.engines.queue import JOURNAL, STUDY_NAME
from nas.search.outcome import SearchResult

ray = pytest.importorskip("ray", reason="needs the extra: pip install 'efficientvit-nas[ray]'")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own
MEMORY = 100_000_000


@pytest.fixture
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    settings = {"num_cpus": 1, "object_store_memory": MEMORY}
    found = Cluster(initialize_head=True, connect=False, head_node_args={**settings, "include_dashboard": False})
    ray.init(address=found.address, log_to_driver=False, configure_logging=False)
    yield found
    ray.shutdown()
    found.shutdown()


def test_a_node_killed_in_mid_search_costs_what_it_was_at(
    cluster: Any, search: Callable[..., SearchResult], alone: SearchResult, tmp_path: Path
) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=MEMORY)
    journal = tmp_path / "run" / JOURNAL

    def kill() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if journal.exists() and journal.read_text().count('"op_code":6') > 12:
                cluster.remove_node(node, allow_graceful=False)
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    search(tmp_path, EngineConfig(name="ray", workers=2))
    killer.join()
    storage = JournalStorage(JournalFileBackend(str(journal)))
    trials = optuna.load_study(study_name=STUDY_NAME, storage=storage).trials
    states = Counter(trial.state.name for trial in trials)
    assert states.keys() == {"COMPLETE", "FAIL"}
    assert states["FAIL"] <= 2  # what it was at, and at most what it was given before its end was noticed
    assert len({trial.user_attrs["arch_id"] for trial in trials}) == states["COMPLETE"]
    for name in ("front.csv", "front.json", "hypervolume.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (alone.folder / name).read_bytes()
