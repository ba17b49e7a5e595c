"""Can the budget be met at all: the fastest member of a space, found before anything slow begins."""

from predictors import LatencyPredictor
from search_space import ArchConfig, SearchSpace


def fastest(space: SearchSpace, latency: LatencyPredictor, confidence: float) -> tuple[ArchConfig, float]:
    """The member with the lowest upper latency end that coordinate descent finds, and that end in ms.

    Starts at the member with the fewest multiply-adds and at the published members; at most three sweeps over the
    genes, so it always ends.
    """
    starts = [space.smallest(), *space.published_members.values()]
    ends = latency.predict(starts, confidence=confidence).high_ms
    best, best_ms = starts[int(ends.argmin())], float(ends.min())
    for _ in range(3):
        before = best_ms
        for position, gene in enumerate(space.genes):
            genotype = list(space.encode(best))
            options = []
            for index in range(len(gene.choices)):
                genotype[position] = index
                options.append(space.decode(genotype))
            ends = latency.predict(options, confidence=confidence).high_ms
            if ends.min() < best_ms:
                best, best_ms = options[int(ends.argmin())], float(ends.min())
        if best_ms == before:
            break
    return best, best_ms
