"""timm's classifiers as data: what it publishes of each at each input size; `data/SOURCE.md` says where from."""

import csv
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SOURCE = "timm results-imagenet.csv (aa4b585)"
OURS = "efficientvit_"  # both families, which the search knows as its own


@dataclass(frozen=True, kw_only=True)
class ZooModel:
    """A pretrained model of timm by its tag, at one input side in pixels; costs are those that timm prints.

    `pretraining` is `in1k` for ImageNet-1k alone. Not `distilled` means that nothing published tells of a teacher.
    `cpu_ms` is timm's time of one image on its CPU, for choosing alone.
    """

    tag: str
    side: int
    top1: float
    parameters_m: float
    gmacs: float
    cpu_ms: float | None
    pretraining: str
    distilled: bool

    @property
    def architecture(self) -> str:
        """The tag without its recipe."""
        return self.tag.partition(".")[0]

    @property
    def family(self) -> str:
        """First part of the name without its size: `mobilenetv4`, `resnet`, `levit`."""
        first = self.architecture.removeprefix("tf_").partition("_")[0]
        return re.sub(r"(?<!v)\d+[a-z]*$", "", first) or first

    @property
    def epochs(self) -> int | None:
        """Epochs of training where the tag tells, fine-tuning included."""
        found = re.search(r"(?:^|_)(?:e(\d+)|(\d+)ep?)(?:_|$)", self.tag.partition(".")[2])
        return int(found[1] or found[2]) if found else None

    @property
    def key_json(self) -> str:
        """What names it in journals and tables."""
        return key_of(self.tag, self.side)


def key_of(tag: str, side: int) -> str:
    """Canonical JSON of a tag at an input side."""
    return json.dumps({"height": side, "timm": tag, "width": side}, sort_keys=True, separators=(",", ":"))


def parse_key(key_json: str) -> tuple[str, int] | None:
    """Tag and side of a key; None where it is no key of a model of timm."""
    try:
        fields = json.loads(key_json)
        tag, side = str(fields["timm"]), int(fields["height"])
    except (ValueError, KeyError, TypeError):
        return None
    return (tag, side) if key_of(tag, side) == key_json else None


@cache
def catalogue() -> dict[tuple[str, int], ZooModel]:
    """Every model of the shipped file by tag and side, those of our own families left out."""
    text = (files("nas.rivals") / "data" / "timm.csv").read_text(encoding="utf-8")
    found = [_model(record) for record in csv.DictReader(text.splitlines())]
    return {(model.tag, model.side): model for model in found if not model.tag.startswith(OURS)}


def _model(record: dict[str, str]) -> ZooModel:
    return ZooModel(
        tag=record["model"],
        side=int(record["side"]),
        top1=float(record["top1"]),
        parameters_m=float(record["parameters_m"]),
        gmacs=float(record["gmacs"]),
        cpu_ms=float(record["cpu_ms"]) if record["cpu_ms"] else None,
        pretraining=record["pretraining"],
        distilled=record["distilled"] == "1",
    )
