"""The doctor: does a supernet, or a part that somebody wrote, keep what the toolkit relies on?

`examine(space)` runs `CHECKS` on a space of your own, registered parts and all; `nas doctor` adds those that need
ONNX Runtime and the predictors. Each check is one function in the file that its subject names.
"""

from collections.abc import Callable, Sequence

from search_space import SearchSpace
from supernet.doctor.alive import every_layer_has_a_say, outputs_follow_images
from supernet.doctor.around import around_attention, find_space, space_around
from supernet.doctor.check import Check, CounterexampleError, NotApplicableError, Verdict
from supernet.doctor.counting import macs_equal_cost, parameters_equal_cost
from supernet.doctor.descriptions import arrays_equal_slow_path, genotypes_round_trip, json_round_trips
from supernet.doctor.nesting import smaller_is_larger_with_zeros
from supernet.doctor.norms import norms_use_their_batch, statistics_are_re_estimated
from supernet.doctor.processes import same_in_another_process
from supernet.doctor.sampling import every_choice_is_visited, every_choice_was_trained
from supernet.doctor.sharing import (
    coordinates_are_sound,
    equals_extracted,
    everything_is_reached,
    gradients_stay_inside,
)
from supernet.doctor.subject import Subject
from supernet.supernet import Supernet

__all__ = [
    "CHECKS",
    "Check",
    "CounterexampleError",
    "NotApplicableError",
    "Subject",
    "Verdict",
    "around_attention",
    "examine",
    "find_space",
    "space_around",
]

CHECKS: tuple[Check[Subject], ...] = (
    Check(
        name="json",
        sentence="networks and operators come back from their JSON as they were",
        look=json_round_trips,
    ),
    Check(
        name="genotypes",
        sentence="a genotype decodes to a network that encodes to the same network",
        look=genotypes_round_trip,
    ),
    Check(
        name="arrays",
        sentence="genotypes made canonical in arrays are those made one by one",
        look=arrays_equal_slow_path,
    ),
    Check(
        name="parameters",
        sentence="the cost model counts the parameters that modules have",
        look=parameters_equal_cost,
    ),
    Check(
        name="macs",
        sentence="the cost model counts the multiply-adds that modules do",
        look=macs_equal_cost,
    ),
    Check(
        name="coordinates",
        sentence="coordinates name every index of every parameter once, rows of norms as their convolution's",
        look=coordinates_are_sound,
    ),
    Check(
        name="extracted",
        sentence="a sub-network inside the supernet computes what the extracted one computes, to the bit",
        look=equals_extracted,
    ),
    Check(
        name="inside",
        sentence="gradients of a sub-network stay inside its own part of the shared weights",
        look=gradients_stay_inside,
    ),
    Check(
        name="reached",
        sentence="every shared number has a gradient in some sub-network",
        look=everything_is_reached,
    ),
    Check(
        name="nesting",
        sentence="a smaller sub-network is the larger one with the rest at zero",
        look=smaller_is_larger_with_zeros,
    ),
    Check(
        name="norms",
        sentence="batch norms in training use the mean and variance of their batch",
        look=norms_use_their_batch,
    ),
    Check(
        name="statistics",
        sentence="re-estimated batch-norm statistics are the average over the batches, and are used",
        look=statistics_are_re_estimated,
    ),
    Check(
        name="outputs",
        sentence="outputs of random sub-networks are finite and follow the image",
        look=outputs_follow_images,
    ),
    Check(
        name="layers",
        sentence="every layer of a sub-network has a say in its output",
        look=every_layer_has_a_say,
    ),
    Check(
        name="sampling",
        sentence="the training recipes visit every choice of every gene",
        look=every_choice_is_visited,
    ),
    Check(
        name="ledger",
        sentence="the training there was has trained every choice",
        look=every_choice_was_trained,
    ),
    Check(
        name="processes",
        sentence="another process makes the same weights, draws and outputs",
        look=same_in_another_process,
    ),
)


def examine(
    subject: Subject | Supernet | SearchSpace,
    checks: Sequence[Check[Subject]] = CHECKS,
    *,
    quick: bool = False,
    seed: int = 0,
    on_check: Callable[[Verdict], None] = lambda _: None,
) -> list[Verdict]:
    """Run the checks on a supernet, or on a fresh one of a space; `on_check` hears every verdict as it falls.

    `quick` and `seed` belong to a `Subject` that is given as such.
    """
    if isinstance(subject, SearchSpace):
        subject = Supernet(subject, seed=seed).eval()
    if isinstance(subject, Supernet):
        subject = Subject(supernet=subject, quick=quick, seed=seed)
    found = []
    for check in checks:
        found.append(check.run(subject))
        on_check(found[-1])
    return found
