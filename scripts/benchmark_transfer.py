"""Few-shot transfer on the FBNet architectures of HELP (Lee et al., 2021): a device that is new, from those known.

    python scripts/benchmark_transfer.py --data DIR [--samples 10 20 50 100] [--draws 5] [--devices silver_4114_ms]

`DIR/help-fbnet/fbnet.csv` holds a column `ops` (22 choices) and one column of milliseconds per device and batch size.
A device is predicted from the devices that are not the same one at another batch size, each known at `KNOWN_ROWS`
architectures, and from a few samples of its own: random ones, and the probes that are chosen before measuring. Scores
are on every architecture that was not sampled.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import ttest_rel

from predictors import metrics
from predictors.audit import one_hot
from predictors.probes import plan_probes
from predictors.transfer import TransferPrior, smooth_known

RESULTS = Path(__file__).parents[1] / "results" / "benchmarks"
KNOWN_ROWS, POOL = 1000, 400
PHONES = ("essential", "pixel", "samsung")  # whole milliseconds: their ranks are ties


@dataclass(frozen=True, kw_only=True)
class Pack:
    """`ops` (n, layers) and `latency_ms` (n, devices)."""

    devices: tuple[str, ...]
    ops: np.ndarray
    latency_ms: np.ndarray

    def group(self, device: str) -> str:
        """The device without its batch size."""
        name, _, batch = device.removesuffix("_ms").rpartition("_")
        return name if batch in ("1", "32", "64") else device


def read_pack(path: Path) -> Pack:
    """The pack without the phones."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    kept = [i for i, name in enumerate(header) if i and not name.startswith(PHONES)]
    return Pack(
        devices=tuple(header[i] for i in kept),
        ops=np.array([row[0].split() for row in rows], dtype=int),
        latency_ms=np.array([[row[i] for i in kept] for row in rows], dtype=float),
    )


def scores_of(pack: Pack, device: str, samples: list[int], draws: int, seed: int) -> list[dict[str, object]]:
    """One row per number of samples, draw and way of choosing."""
    rng, target = np.random.default_rng(seed), pack.devices.index(device)
    others = [i for i, name in enumerate(pack.devices) if pack.group(name) != pack.group(device)]
    groups = [pack.group(pack.devices[i]) for i in others]
    design, measured = one_hot(pack.ops), pack.latency_ms[:, target]
    known = rng.permutation(len(design))[:KNOWN_ROWS]
    known_ms = pack.latency_ms[np.ix_(known, others)]
    smooth = smooth_known(known_ms, design[known], design)
    prior = TransferPrior.fit(smooth[known], design[known], measured_ms=known_ms, groups=groups)
    found = []
    for count in samples:
        for draw in range(draws):
            pool = rng.choice(len(design), POOL, replace=False)
            chosen = {
                "random": pool[:count],
                "probes": pool[plan_probes(prior, smooth[pool], design[pool], count=count).rows],
            }
            for how, rows in chosen.items():
                model = prior.transfer(smooth[rows], design[rows], measured[rows])
                held = np.setdiff1d(np.arange(len(design)), rows)
                predicted, _ = model.predict(smooth[held], design[held])
                found.append(
                    {"device": device, "samples": count, "draw": draw, "chosen": how}
                    | metrics(predicted, measured[held])
                )
    return found


def main() -> None:
    """Score every device, print the means and the paired test, write both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with help-fbnet/fbnet.csv")
    parser.add_argument("--samples", type=int, nargs="+", default=[10, 20, 50, 100])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--devices", nargs="+", help="columns of the pack; default: every GPU and Xeon")
    parser.add_argument("--out", type=Path, default=RESULTS / "transfer-help-fbnet.csv")
    options = parser.parse_args()
    pack = read_pack(options.data / "help-fbnet" / "fbnet.csv")
    if unknown := [name for name in options.devices or () if name not in pack.devices]:
        parser.error(f"unknown device {unknown[0]!r}; known: {', '.join(pack.devices)}")
    rows = []
    for seed, device in enumerate(options.devices or pack.devices):
        rows += scores_of(pack, device, options.samples, options.draws, seed)
        print(f"{device}: done", flush=True)
    _write(options.out, _summary(rows, options.samples))
    _write(options.out.with_name(f"{options.out.stem}-devices.csv"), _by_device(rows))


def _values(rows: list[dict[str, object]], name: str, **where: object) -> np.ndarray:
    return np.array([row[name] for row in rows if all(row[key] == value for key, value in where.items())])


def _summary(rows: list[dict[str, object]], samples: list[int]) -> list[dict[str, object]]:
    """Means over devices and draws; p: one-sided paired t-test that probes rank better than random samples."""
    found = []
    for count in samples:
        ranks = {how: _values(rows, "spearman", samples=count, chosen=how) for how in ("random", "probes")}
        errors = {how: _values(rows, "mape", samples=count, chosen=how) for how in ("random", "probes")}
        for how in ranks:
            found.append(
                {
                    "samples": count,
                    "chosen": how,
                    "spearman": round(float(ranks[how].mean()), 4),
                    "mape": round(float(errors[how].mean()), 4),
                    "within_10": round(float(_values(rows, "within_10", samples=count, chosen=how).mean()), 4),
                    "p_spearman": f"{ttest_rel(ranks['probes'], ranks['random'], alternative='greater').pvalue:.2g}",
                    "p_mape": f"{ttest_rel(errors['probes'], errors['random'], alternative='less').pvalue:.2g}",
                }
            )
            print(found[-1], flush=True)
    return found


def _by_device(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    keys = dict.fromkeys((row["device"], row["samples"], row["chosen"]) for row in rows)
    return [
        {"device": device, "samples": samples, "chosen": chosen}
        | {
            name: round(float(_values(rows, name, device=device, samples=samples, chosen=chosen).mean()), 4)
            for name in ("spearman", "kendall", "mape", "within_10")
        }
        for device, samples, chosen in keys
    ]


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
