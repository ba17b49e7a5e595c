"""A supernet that starts from a published checkpoint: the weights go where that model reads them."""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from search_space import SearchSpace
from supernet.converters import Converted, recognise
from supernet.network import build
from supernet.supernet import Supernet
from supernet.weights.checkpoint import file_digest

_CLASSIFIER = "head.classify."


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """What a checkpoint set in a supernet, and what was adapted on the way."""

    model: str
    numbers: int
    numbers_in_all: int
    notes: tuple[str, ...]

    def describe(self) -> str:
        """Which model, what share of the weights it set, and what was adapted, in one line."""
        share = self.numbers / self.numbers_in_all
        return (
            f"{self.model}: {self.numbers:,} of the supernet's {self.numbers_in_all:,} weights ({share:.1%}) are "
            f"its published ones, the rest are initialised{''.join(f'; {note}' for note in self.notes)}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StartingPoint:
    """A published member's checkpoint, and the space that computes as the library of its names does."""

    model: str
    weights: Converted
    sha256: str
    space: SearchSpace

    @classmethod
    def read(cls, path: Path, space: SearchSpace) -> "StartingPoint":
        """Recognise the published member of `space` whose weights a file holds.

        Raises:
            ValueError: the space has no published members, or the file fits none of them; names the key in the way.
        """
        if not space.members:
            raise ValueError(f"space {space.name} has no published members to start from")
        model, weights = recognise(path, space.members)
        head = weights.arch.head
        return cls(
            model=model,
            weights=weights,
            sha256=file_digest(path),
            space=space.with_epsilons(
                attention_eps=weights.arch.attention_eps,
                conv_norm_eps=head.conv_norm_eps if head is not None else None,
            ),
        )

    def initialise(self, supernet: Supernet) -> Initialised:
        """Let a supernet of `self.space` adopt the weights; in evaluation mode it then is that model.

        For other classes than the checkpoint's the classifier stays as initialised; for other input channels the
        first convolution takes the mean over them.
        """
        arch = self.space.published_members[self.model]
        state, notes = dict(self.weights.state), list(self.weights.notes)
        fresh = build(arch, seed=0).state_dict()
        if arch.in_channels != self.weights.arch.in_channels:
            stem = f"levels.{arch.levels[0].stride}.downsample.conv.weight"
            state[stem] = _as_channels(state[stem], arch.in_channels)
            notes.append(f"first convolution averaged to {arch.in_channels} input channels")
        classifier = [key for key in state if key.startswith(_CLASSIFIER)]
        refitted = any(state[key].shape != fresh[key].shape for key in classifier)
        if refitted:
            state |= {key: fresh[key] for key in classifier}
            notes.append(f"classifier initialised for {len(fresh[classifier[0]])} classes")
        numbers = supernet.adopt(arch, state) - refitted * sum(fresh[key].numel() for key in classifier)
        total = sum(value.numel() for value in supernet.shared.values())
        return Initialised(model=self.model, numbers=numbers, numbers_in_all=total, notes=tuple(notes))


def _as_channels(weight_OIHW: Tensor, channels: int) -> Tensor:
    """A convolution for other input channels that sees equal channels as the original does."""
    outputs, inputs, *kernel = weight_OIHW.shape
    return weight_OIHW.mean(dim=1, keepdim=True).expand(outputs, channels, *kernel) * (inputs / channels)
