"""Reading the packs of measured latencies that the benchmarks score on, and writing their tables.

HAT (Wang et al., 2020): transformers with encoder and decoder latencies. HELP (Lee et al., 2021): FBNet
architectures on many devices. Neither is copied into this project; only scores are.
"""

import csv
from pathlib import Path

import numpy as np

from nas.search.latency_arrays import LatencyArrays

RESULTS = Path(__file__).parents[1] / "results" / "benchmarks"
HAT = {
    "raspberry-pi-ende": "wmt14ende_cpu_raspberrypi",
    "xeon-enfr": "wmt14enfr_cpu_xeon",
    "titan-xp-enfr": "wmt14enfr_gpu_titanxp",
    "titan-xp-deen": "iwslt14deen_gpu_titanxp",
}
HAT_FEATURES = (
    "encoder_embed_dim",
    "encoder_layer_num",
    "encoder_ffn_embed_dim_avg",
    "encoder_self_attention_heads_avg",
    "decoder_embed_dim",
    "decoder_layer_num",
    "decoder_ffn_embed_dim_avg",
    "decoder_self_attention_heads_avg",
    "decoder_ende_attention_heads_avg",
    "decoder_arbitrary_ende_attn_avg",
)
HAT_MACS = (2, 4, 7, 9, 13)  # columns of `hat_design` that count weights, and so multiply-adds per token
PHONES = ("essential", "pixel", "samsung")  # whole milliseconds: their ranks are ties


def read_hat(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, 10) and latency of encoder and decoder together in ms (n,)."""
    with (folder / "hat" / f"{HAT[name]}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    features = np.array([[float(row[column]) for column in HAT_FEATURES] for row in rows])
    latency = [float(row["latency_mean_encoder"]) + float(row["latency_mean_decoder"]) for row in rows]
    return features, np.array(latency)


def hat_design(features: np.ndarray) -> np.ndarray:
    """Physics of a transformer, shape (n, 19): layers, heads, weights and activations of encoder and decoder.

    Weights are in millions and widths in thousands, so that every column is of the order of one.
    """
    ee, el, ef, eh, de, dl, df, dh, xh, wide = features.T
    columns = (
        np.ones(len(features)),
        el,
        el * ee * ef / 1e6,
        el * ee / 1e3,
        el * ee * ee / 1e6,
        el * eh,
        dl,
        dl * de * df / 1e6,
        dl * de / 1e3,
        dl * de * de / 1e6,
        dl * dh,
        dl * xh,
        dl * wide,
        dl * de * ee / 1e6,
        de / 1e3,
        ee / 1e3,
        dl * df / 1e3,
        el * ef / 1e3,
        dl * wide * ee / 1e3,
    )
    return np.stack(columns, axis=1)


def read_fbnet(folder: Path) -> LatencyArrays:
    """The FBNet pack without the phones."""
    with (folder / "help-fbnet" / "fbnet.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    kept = [i for i, name in enumerate(header) if i and not name.startswith(PHONES)]
    return LatencyArrays(
        devices=tuple(header[i].removesuffix("_ms") for i in kept),
        ops=np.array([row[0].split() for row in rows], dtype=int),
        latency_ms=np.array([[row[i] for i in kept] for row in rows], dtype=float),
    )


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """Write a table; numbers with 4 digits after the point."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
    print(f"wrote {path}", flush=True)
