"""Another process, whose strings hash otherwise, makes the same weights, draws and outputs."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import torch

from supernet.doctor.check import CounterexampleError, NotApplicableError
from supernet.doctor.subject import Subject
from supernet.fair import FairSampler

DRAWS = 20
_CODE = "from supernet.doctor.processes import main; main()"


def same_in_another_process(subject: Subject) -> str:
    """Compare digests of what both have: weights, genes, drawn members, outputs."""
    if not subject.origin:
        raise NotApplicableError("no name under which another process finds the space")
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _CODE, subject.origin, str(subject.seed), str(torch.get_num_threads())]
    there = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if there.returncode:
        last = there.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CounterexampleError(f"{subject.origin} in another process", expected="no error", found=last[0])
    found = json.loads(there.stdout)
    for name, expected in digests(subject).items():
        if found[name] != expected:
            raise CounterexampleError(
                f"{subject.origin}, {name} in another process", expected=expected, found=found[name]
            )
    return "weights, genes, drawn members, outputs"


def digests(subject: Subject) -> dict[str, str]:
    """What has to be the same in every process of one machine, shortened to 16 hexadecimal digits each."""
    supernet, space = subject.supernet, subject.space
    weights = hashlib.sha256()
    for key, value in sorted(supernet.shared.items()):
        weights.update(key.encode())
        weights.update(value.detach().numpy().tobytes())
    sampler = FairSampler(space=space, seed=subject.seed)
    rng = np.random.default_rng(subject.seed)
    members = [*map(sampler.draw, range(DRAWS)), *(space.sample(rng) for _ in range(DRAWS))]
    with torch.no_grad():
        out = subject.stirred.train()(subject.images(space.smallest()), space.smallest())
    return {
        "weights": weights.hexdigest()[:16],
        "genes": _digest(repr([(gene.name, gene.choices) for gene in space.genes])),
        "drawn members": _digest(" ".join(arch.arch_id for arch in members)),
        "outputs": hashlib.sha256(out.numpy().tobytes()).hexdigest()[:16],
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main() -> None:
    """The other process: origin, seed and threads as arguments, digests as JSON."""
    origin, seed, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    print(json.dumps(digests(Subject.named(origin, seed=int(seed)))))
