"""The same training on a Ray cluster, through Ray Train: every worker runs `train` as a process of torchrun would."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_space import SearchSpace
from supernet.data import load_dataset
from supernet.training.config import TrainConfig
from supernet.training.loop import train
from supernet.weights.initialise import StartingPoint


@dataclass(frozen=True, kw_only=True)
class RayJob:
    """What each worker is told; `folder` and `init` have to be at the same path on every node."""

    space: SearchSpace
    data: str
    folder: Path
    config: TrainConfig
    init: Path | None = None


def train_on_ray(job: RayJob, *, workers: int, address: str | None, gpus: bool) -> None:
    """Train with that many workers on the cluster at `address`, or on this machine when it is None.

    Raises:
        ValueError: Ray is not installed, or the workers failed; names the first cause.
    """
    try:
        import ray
        from ray.train import RunConfig, ScalingConfig, TrainingFailedError
        from ray.train.torch import TorchTrainer
    except ImportError as error:
        raise ValueError(f"--engine ray needs Ray: pip install 'efficientvit-nas[ray]' ({error})") from None
    ray.init(address=address, ignore_reinit_error=True, log_to_driver=False)
    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job},
        scaling_config=ScalingConfig(num_workers=workers, use_gpu=gpus),
        run_config=RunConfig(storage_path=str((job.folder / "ray").resolve())),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        raise ValueError(f"training on Ray failed: {str(error).splitlines()[-1]}") from None
    finally:
        ray.shutdown()


def _work(settings: dict[str, Any]) -> None:
    job: RayJob = settings["job"]
    start = StartingPoint.read(job.init, job.space) if job.init else None
    train(start.space if start else job.space, load_dataset(job.data), job.folder, job.config, start_from=start)
