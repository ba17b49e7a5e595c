"""Where the latency of a network goes."""

from nas.runs import Explanation, OperatorLatency
from predictors import LatencyPredictor
from search_space import ArchConfig, operators


def explain(predictor: LatencyPredictor, arch: ArchConfig) -> Explanation:
    """Operators with their milliseconds and shares of the median, what is fixed, kinds by weight, networks alike."""
    p50 = float(predictor.predict([arch], confidence=0.5).p50_ms[0])
    parts = [
        (path, op, float(ms)) for (path, op), ms in zip(operators(arch), predictor.operator_ms(arch), strict=True)
    ]
    kinds: dict[str, float] = {}
    for _, op, ms in parts:
        kind = op.kind if op.attention is None else f"{op.kind} with {op.attention.type} attention"
        kinds[kind] = kinds.get(kind, 0.0) + ms / p50
    return Explanation(
        operators=tuple(
            OperatorLatency(path=path, kind=op.kind, latency_ms=round(ms, 6), share=round(ms / p50, 4))
            for path, op, ms in parts
        ),
        fixed_ms=round(p50 - sum(ms for _, _, ms in parts), 6),
        by_kind={kind: round(share, 4) for kind, share in sorted(kinds.items(), key=lambda item: -item[1])},
        closest=tuple(predictor.closest(arch)),
    )
