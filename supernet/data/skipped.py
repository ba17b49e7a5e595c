"""Images that could not be decoded."""

from dataclasses import dataclass, field


class UnreadableImageError(Exception):
    """An image that cannot be decoded: its name and the reason."""

    def __init__(self, image: str, reason: str) -> None:
        super().__init__(image, reason)
        self.image, self.reason = image, reason

    def __str__(self) -> str:
        return f"{self.image}: {self.reason}"


@dataclass(frozen=True, kw_only=True, eq=False)
class SkippedImages:
    """Images that could not be decoded so far in this process and its workers, with the reasons."""

    reasons: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.reasons)

    def describe(self, *, limit: int = 10) -> str:
        """A sentence with the count, then the first names with their reasons; empty where nothing was skipped."""
        if not self.reasons:
            return ""
        lines = [f"  {image}: {reason}" for image, reason in sorted(self.reasons.items())[:limit]]
        more = [f"  and {len(self) - limit} more"] if len(self) > limit else []
        return "\n".join([f"{len(self)} unreadable image(s) were skipped:", *lines, *more])
