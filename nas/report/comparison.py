"""The chosen network against simple methods, in words."""

from nas.runs import BaselineRow


def baseline_words(found: BaselineRow) -> str:
    """One sentence on a simple method."""
    tried = f"{found.name} ({found.tried:,} tried)"
    if found.best is None:
        return f"{tried}: none within the budget"
    verdict = "a gain" if found.best.evidence_of_gain else "cannot be told apart"
    return f"{tried}: {found.best.accuracy:.2f} %, the answer {found.best.gain_points:+.2f} points, {verdict}"
