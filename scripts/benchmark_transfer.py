"""Few-shot transfer on the FBNet architectures of HELP (Lee et al., 2021): a device that is new, from those known.

    python scripts/benchmark_transfer.py --data DIR [--samples 10 20 50 100] [--draws 5] [--devices silver_4114]

`DIR/help-fbnet/fbnet.csv` holds a column `ops` (22 choices) and one column of milliseconds per device and batch size.
A device is predicted from the devices that are not the same one at another batch size, each known at `KNOWN_ROWS`
architectures, and from a few samples of its own: random ones, and the probes that are chosen before measuring. Scores
are on every architecture that was not sampled.
"""

import argparse
from pathlib import Path

import numpy as np
from read_packs import RESULTS, read_fbnet, write_rows
from scipy.stats import ttest_rel

from nas.search.latency_arrays import LatencyArrays, read_help, read_oneproxy
from predictors import metrics
from predictors.latency.audit import one_hot
from predictors.latency.probes import plan_probes
from predictors.latency.transfer import TransferPrior, smooth_known

KNOWN_ROWS, POOL = 1000, 400


def scores_of(pack: LatencyArrays, device: str, samples: list[int], draws: int, seed: int) -> list[dict[str, object]]:
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
            pool = rng.choice(len(design), min(POOL, len(design)), replace=False)
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
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder with help-fbnet/fbnet.csv")
    source.add_argument("--help-folder", type=Path, help="HELP's data/fbnet: metainfo.pt and latency/*.pt")
    source.add_argument("--oneproxy", type=Path, nargs="+", help="OneProxy's pickles, one per device")
    parser.add_argument("--samples", type=int, nargs="+", default=[10, 20, 50, 100])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--devices", nargs="+", help="default: all; of the pack every GPU and Xeon")
    parser.add_argument("--out", type=Path, default=RESULTS / "transfer-help-fbnet.csv")
    options = parser.parse_args()
    if options.data:
        pack = read_fbnet(options.data)
    else:
        pack = read_help(options.help_folder) if options.help_folder else read_oneproxy(options.oneproxy)
    if unknown := [name for name in options.devices or () if name not in pack.devices]:
        parser.error(f"unknown device {unknown[0]!r}; known: {', '.join(pack.devices)}")
    rows = []
    for seed, device in enumerate(options.devices or pack.devices):
        rows += scores_of(pack, device, options.samples, options.draws, seed)
        print(f"{device}: done", flush=True)
    write_rows(options.out, _summary(rows, options.samples))
    write_rows(options.out.with_name(f"{options.out.stem}-devices.csv"), _by_device(rows))


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


if __name__ == "__main__":
    main()
