"""State of a run on disk: all that the next step depends on, saved whole or not at all."""

import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from supernet.supernet import Supernet
from supernet.training.config import with_defaults
from supernet.training.ledger import Ledger
from supernet.weights.checkpoint import MANIFEST, load_tensors, read_manifest, restore_weights, save_checkpoint

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
_COPIES = 4  # weights, averaged weights, two moments
_SPARE = 2  # the old state is there until the new one is whole


class State:
    """Weights, averaged weights, optimiser and counts of a run, and where they are kept."""

    def __init__(
        self, supernet: Supernet, optimiser: torch.optim.Optimizer, folder: Path, run: dict[str, Any]
    ) -> None:
        self.supernet, self.optimiser, self.folder, self.run = supernet, optimiser, folder, run
        self.step = 0
        self.ledger = Ledger()
        self.history: list[dict[str, float]] = []
        self.average: dict[str, Tensor] = {}
        if run["config"]["ema"]:
            self.average = {name: value.detach().clone() for name, value in supernet.shared.items()}

    @torch.no_grad()
    def average_weights(self, decay: float) -> None:
        """Move the averaged weights towards the present ones."""
        if self.average:
            names = list(self.average)
            current = [self.supernet.shared[name].detach() for name in names]
            torch._foreach_lerp_([self.average[name] for name in names], current, 1 - decay)

    def save(self, *, finished: bool) -> None:
        """Write everything; a kill or a full disk leaves the former state."""
        names = {parameter: name for name, parameter in self.supernet.shared.items()}
        moments = {
            f"{names[parameter]}@{kind}": value.detach().cpu()
            for parameter, state in self.optimiser.state.items()
            for kind, value in state.items()
        }
        tensors = {"weights": {name: value.detach().cpu() for name, value in self.supernet.shared.items()}}
        if self.average:
            tensors["average"] = {name: value.cpu() for name, value in self.average.items()}
        record = {
            **self.run,
            "step": self.step,
            "finished": finished,
            "ledger": self.ledger.to_dict(),
            "history": self.history,
        }
        save_checkpoint(self.folder, self.step, {**tensors, "optimiser": moments}, record)

    def resume(self) -> bool:
        """Take over what the folder holds; False when it holds nothing.

        Raises:
            ValueError: the folder holds another run, or a damaged one; names what differs.
        """
        if not (self.folder / MANIFEST).exists():
            return False
        manifest = read_manifest(self.folder)
        stored = {**manifest, "config": with_defaults(manifest["config"])}
        for key, value in self.run.items():
            if stored.get(key) != value:
                raise ValueError(
                    f"{self.folder} holds a supernet with another {key} ({_difference(stored.get(key), value)}); "
                    "choose another --out or delete that folder"
                )
        restore_weights(self.supernet, load_tensors(self.folder, "weights"), str(self.folder))
        if self.average:
            saved = load_tensors(self.folder, "average")
            for name, value in self.average.items():
                value.copy_(saved[name])
        moments = load_tensors(self.folder, "optimiser")
        for name, parameter in self.supernet.shared.items():
            if f"{name}@step" in moments:
                found = {kind: moments[f"{name}@{kind}"] for kind in _MOMENTS}
                device = parameter.device
                self.optimiser.state[parameter] = {k: v if k == "step" else v.to(device) for k, v in found.items()}
        self.step, self.history = int(manifest["step"]), list(manifest["history"])
        self.ledger = Ledger.from_dict(manifest["ledger"])
        return True


def check_space(folder: Path, supernet: Supernet) -> None:
    """Refuse to begin where the state could not be saved.

    Raises:
        OSError: the folder cannot be written to.
        ValueError: the disk is too full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".write-test"
    probe.touch()
    probe.unlink()
    size = sum(value.numel() * value.element_size() for value in supernet.shared.values())
    needed, free = _COPIES * _SPARE * size, shutil.disk_usage(folder).free
    if free < needed:
        raise ValueError(f"{folder}: checkpoints need {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")


def _difference(found: Any, wanted: Any) -> str:
    if isinstance(found, dict) and isinstance(wanted, dict):
        differ = [key for key in wanted if found.get(key) != wanted[key]]
        return ", ".join(f"{key} {found.get(key)!r} instead of {wanted[key]!r}" for key in differ)
    return f"{found!r} instead of {wanted!r}"
