"""How far predictions are from measurements; no tails trimmed."""

import numpy as np


def metrics(predicted: np.ndarray, measured: np.ndarray) -> dict[str, float]:
    """Errors of latencies, arrays of shape (n,): fractions, except the rank correlations.

    `mape` mean absolute relative error, `within_5` and `within_10` shares of networks within 5 % and 10 %, `p90` the
    90th percentile of the error, `kendall` and `spearman` rank correlations.
    """
    from scipy.stats import kendalltau, spearmanr

    error = np.abs(predicted / measured - 1)
    constant = np.ptp(predicted) == 0 or np.ptp(measured) == 0
    return {
        "mape": float(error.mean()),
        "within_5": float((error <= 0.05).mean()),
        "within_10": float((error <= 0.10).mean()),
        "p90": float(np.quantile(error, 0.9)),
        "kendall": 0.0 if constant else float(kendalltau(predicted, measured).statistic),
        "spearman": 0.0 if constant else float(spearmanr(predicted, measured).statistic),
    }
