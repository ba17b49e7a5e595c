"""What a search answers, in sentences: what to deploy, what it is worth, what limits it, what to type next."""

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from nas.search.config import SearchConfig
from nas.search.judge import Candidate, TargetLatency
from nas.search.outcome import SearchResult
from nas.search.results import ORIGINS
from nas.units import format_ms, rounded
from search_space import SearchSpace

HALF = 0.5  # of the budget, below which the budget is not what limits the answer
WORTH_POINTS = 0.5  # of expected gain for which a network is worth training
SAME_POINTS, FASTER = 0.1, 0.8  # or this much less accurate at most, in this share of the time
ACCURACY_WORDS = {
    "measured": "measured with the supernet's weights",
    "published": "published",
    "predicted": "predicted from evaluations",
    "prior": "expected; nobody has trained it",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Sentences, each empty where there is nothing to say; `commands` are ready to paste."""

    deploy: str
    worth: str
    train: str
    limit: str
    caution: str
    commands: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """What there is to say, in order."""
        return [each for each in (self.deploy, self.worth, self.train, self.limit, self.caution) if each]


def answer(
    result: SearchResult,
    config: SearchConfig,
    *,
    spaces: Sequence[SearchSpace],
    slowest_ms: float,
    caution: str = "",
) -> Answer:
    """The answer of a finished search of `spaces`; `slowest_ms` is the upper end of their slowest network."""
    best = result.best
    return Answer(
        deploy=_deploy(best, config),
        worth=_worth(result),
        train=_train(result),
        limit=_limit(result, config, slowest_ms),
        caution=caution,
        commands=_commands(result, config, spaces),
    )


def score_words(candidate: Candidate) -> str:
    """An accuracy with as many digits as its interval carries: `85.98 %`, `84.7 % (82.0 to 87.4)`."""
    accuracy = candidate.accuracy
    if accuracy.half_width == 0:
        return f"{accuracy.value:.2f} %"
    digits = 1 if accuracy.half_width < 5 else 0
    return f"{accuracy.value:.{digits}f} % ({accuracy.low:.{digits}f} to {accuracy.high:.{digits}f})"


def latency_words(latency: TargetLatency) -> tuple[str, str]:
    """The median and the upper end, with the digits that the interval carries."""
    scale, unit = (1e3, "us") if latency.p50_ms < 0.1 else (1.0, "ms")
    ends = (latency.p50_ms, latency.low_ms, latency.high_ms)
    median, _, most = rounded(*(scale * end for end in ends))
    return f"{median} {unit}", f"{most} {unit}"


def _deploy(best: Candidate, config: SearchConfig) -> str:
    weights = f" Weights: {best.download.weights}." if best.download else ""
    verb = "Deploy" if best.accuracy.known else "Train"
    remark = f", {best.download.remark}" if best.download and best.download.remark else ""
    remark += ", extrapolated" if best.accuracy.extrapolated else ""
    return (
        f"{verb} {best.name}: {score_words(best)} {best.accuracy.metric} "
        f"({ACCURACY_WORDS[best.accuracy.origin]}{remark}), {_latencies(best, config)}.{weights}"
    )


def _latencies(best: Candidate, config: SearchConfig) -> str:
    """The latency on each target and what it rests on, which is said once where it is the same for all."""
    grounds = [_grounds(each) for each in best.latencies]
    ends = [
        f"{median} on {target.device}, at most {most}"
        for target, (median, most) in zip(config.targets, map(latency_words, best.latencies), strict=True)
    ]
    if len(set(grounds)) == 1:
        return f"{', '.join(ends)} at {config.confidence:.0%} confidence ({grounds[0]})"
    known = [f"{end} ({ground})" for end, ground in zip(ends, grounds, strict=True)]
    return f"{', '.join(known)}, at {config.confidence:.0%} confidence"


def _grounds(latency: TargetLatency) -> str:
    what = "measured on it" if latency.measured else ORIGINS[latency.origin]
    return f"{what}, extrapolated" if latency.extrapolated else what


def _worth(result: SearchResult) -> str:
    """Against the next on the front, or the best known where the answer is an expectation; and simple methods."""
    best, parts = result.best, []
    others = [each for each in result.front if each.network != best.network]
    if not best.accuracy.known:
        others = [result.ready] if result.ready is not None else []
    if others:
        following = max(others, key=lambda each: (each.accuracy.judged, -each.latency_p50_ms))
        ahead = _points(best.accuracy.value - following.accuracy.value)
        what = "the next" if best.accuracy.known else "the best that can be downloaded"
        parts.append(
            f"{ahead} {what}, {following.name} ({score_words(following)}, {latency_words(following.latencies[0])[0]})"
        )
    simple = [each for each in result.baselines if each.best is not None and each.best.network != best.network]
    if simple:
        method = max(simple, key=lambda each: each.best.accuracy.judged if each.best else 0.0)
        points, evidence = method.gain(best)
        verdict = "" if evidence else ", which cannot be told apart"
        parts.append(f"{_points(points)} the best of the simple methods ({method.name}{verdict})")
    return f"It is worth {'; '.join(parts)}." if parts else ""


def _points(points: float) -> str:
    """How far above or below, in words that go before what it is compared with."""
    if abs(points) < 0.05:
        return "as much as"
    return f"{abs(points):.1f} points {'more' if points > 0 else 'less'} than"


def _train(result: SearchResult) -> str:
    """The network most worth training: expected to be better than the answer, or as good and clearly faster.

    Where the answer itself has to be trained, what can be deployed today.
    """
    best, today = result.best, result.ready
    if not best.accuracy.known:
        return f"To deploy today: {today.name}." if today else "Nothing that can be downloaded keeps the budget."
    for each in result.prospects:
        candidate = each.candidate
        gain = candidate.accuracy.value - best.accuracy.value
        if candidate.network == best.network or gain < -SAME_POINTS:
            continue
        share = candidate.latency_p50_ms / best.latency_p50_ms
        if gain < WORTH_POINTS and share > FASTER:
            continue
        what = f"expected {_points(gain)} that" if gain >= WORTH_POINTS else f"as good in {share:.0%} of the time"
        where = f"{score_words(candidate)} at {latency_words(candidate.latencies[0])[0]}"
        return f"Worth training: {candidate.name}, {what}, {where}; nobody has trained it."
    return (
        ""
        if not best.accuracy.known
        else "Nothing that was tried is expected to be clearly better: no need to train."
    )


def _limit(result: SearchResult, config: SearchConfig, slowest_ms: float) -> str:
    """What a larger budget would buy, or that the budget is not the limit and what would use it."""
    best, (target, *others) = result.best, config.targets
    budget_ms, where = target.budget_ms, f" on {target.device}" if others else ""
    beyond = [
        each
        for each in result.published
        if each.accuracy.value > best.accuracy.value and each.latency_high_ms > budget_ms
        if config.goals.keeps_limits(each.network)
    ]
    if beyond:
        nearest = min(beyond, key=lambda each: each.latency_high_ms)
        gain = nearest.accuracy.value - best.accuracy.value
        return (
            f"A budget of {format_ms(nearest.latency_high_ms)}{where} would buy {gain:+.1f} points: {nearest.name} "
            f"({score_words(nearest)})."
        )
    if max(slowest_ms, best.latency_high_ms) > HALF * budget_ms:
        return ""
    return (
        f"The budget is not the limit: the slowest network of the search takes up to {format_ms(slowest_ms)}. Larger "
        "images, more images at once or a smaller device would use it."
    )


def _commands(result: SearchResult, config: SearchConfig, spaces: Sequence[SearchSpace]) -> tuple[str, ...]:
    best, today = result.best, result.ready
    if best.download is not None and best.download.command:
        return (best.download.command,)
    if config.supernet is not None:
        return (f"nas export {best.name} --supernet {quote(str(config.supernet))}",)
    space = next((each for each in spaces if best.arch in each), spaces[0])
    train = f"nas train --space {space.name} --data PHOTOS --out DIR"
    return (train, today.download.command) if today and today.download else (train,)
