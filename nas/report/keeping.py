"""What a finished search keeps in its run's folder beside its tables, and the page of all of it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from nas.describing.explanation import explain
from nas.runs import AnswerText, Blocks, Run, write_answer, write_blocks

if TYPE_CHECKING:
    from nas.search.answer import Answer
    from nas.search.outcome import SearchResult
    from predictors import LatencyPredictor


def keep_for_report(
    result: "SearchResult", latency: "LatencyPredictor", found: "Answer | None" = None, *, write: bool
) -> str | None:
    """Keep the answer and the chosen network's latency by block in the run's folder; with `write`, write the page.

    Kept because a report reads the run alone, and the predictor may be gone or fitted anew by then.
    """
    from nas.report import write_report

    run = with_explanation(result, latency, found)
    if run.answer is not None:
        write_answer(run.folder, run.answer)
    if run.blocks is not None:
        write_blocks(run.folder, run.blocks)
    return str(write_report(run.folder).path) if write else None


def with_explanation(result: "SearchResult", latency: "LatencyPredictor", found: "Answer | None" = None) -> Run:
    """The run of a search with its answer, and with where the latency of its chosen network goes."""
    blocks = answer = None
    if not result.best.is_rival:
        arch = result.best.arch
        blocks = Blocks(arch_id=arch.arch_id, device=latency.device, explanation=explain(latency, arch))
    if found is not None:
        # the page has a place of its own for the caution
        sentences = tuple(each for each in found.sentences if each != found.caution)
        answer = AnswerText(sentences=sentences, commands=found.commands)
    return replace(result.run, blocks=blocks, answer=answer)
