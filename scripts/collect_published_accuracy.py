"""Published ImageNet-1k accuracies of families other than EfficientViT, with what their networks cost.

    python scripts/collect_published_accuracy.py --timm DIR

writes `predictors/data/other_families_accuracy.csv`. DIR holds `results-imagenet.csv` and `model_metadata-in1k.csv`
of pytorch-image-models (`results/` at commit aa4b585). Costs are those of the backbone without classifier head, and
multiply-adds and parameters with it, in the convention of `search_space/costs.py`: networks that are chains of
convolutions are added up by that very function, those of timm and torchvision are traced without weights or storage.
A 1x1 convolution between the last block and the classifier counts as head, as in the EfficientViT models. The tracer
is checked against `arch_cost` on timm's EfficientViT models first. Takes some minutes.

Left out: anything trained on more than ImageNet-1k; distilled models are marked. `epochs` are written where the tag
of the weights or a source tells them, else left empty. Rows `held_out` are never fitted: they judge the prior.
"""

import argparse
import copy
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from nas.rivals.zoo import import_timm
from search_space import Cost, arch_cost, published
from search_space.costs import conv, linear, out_size, total

OUT = Path(__file__).parent.parent / "predictors" / "data" / "other_families_accuracy.csv"
FIELDS = (
    *("model", "family", "weights", "height", "width", "top1", "epochs", "distilled", "attention", "held_out"),
    *("macs", "parameters", "activations", "whole_macs", "whole_parameters", "source"),
)
SLIM = "github.com/tensorflow/models research/slim/nets"
SLIM_V1, SLIM_V2 = f"{SLIM}/mobilenet_v1.md (02c04f4)", f"{SLIM}/mobilenet/README.md (0ba83cf)"
MCUNET = "github.com/mit-han-lab/mcunet README (0dedab5), layers: mit-han-lab/tinyml mcunet/assets/configs (e899b1b)"
TIMM = "github.com/huggingface/pytorch-image-models results/results-imagenet.csv (aa4b585)"
TORCHVISION = "torchvision 0.28 weights metadata"

# Top-1 by width multiplier and side, from the tables of TensorFlow's slim models.
MOBILENET_V1 = {
    1.0: {224: 70.9, 192: 70.0, 160: 68.0, 128: 65.2},
    0.75: {224: 68.4, 192: 67.2, 160: 65.3, 128: 62.1},
    0.5: {224: 63.3, 192: 61.7, 160: 59.1, 128: 56.3},
    0.25: {224: 49.8, 192: 47.7, 160: 45.5, 128: 41.5},
}
MOBILENET_V2 = {
    1.4: {224: 75.0},
    1.3: {224: 74.4},
    1.0: {224: 71.8, 192: 70.7, 160: 68.8, 128: 65.3, 96: 60.3},
    0.75: {224: 69.8, 192: 68.7, 160: 66.4, 128: 63.2, 96: 58.8},
    0.5: {224: 65.4, 192: 63.9, 160: 61.0, 128: 57.7, 96: 51.2},
    0.35: {224: 60.3, 192: 58.2, 160: 55.7, 128: 50.8, 96: 45.5},
}
# expansion, width, blocks and stride of the stages of MobileNetV2
MOBILENET_V2_STAGES = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
# MCUNet: side, top-1 (fp32), stem width, then (width, kernel, stride, width inside) of each inverted bottleneck.
MCUNETS: dict[str, tuple[int, float, int, str]] = {
    "mcunet_10fps": (
        *(48, 41.5, 24),
        "16,3,1,24 16,5,2,64 16,3,1,48 16,3,1,64 24,7,2,80 24,5,1,96 24,5,1,120 48,7,2,120 48,5,1,192 56,3,1,240 "
        "56,5,1,224 56,3,1,280 112,3,2,336 112,5,1,448 192,3,1,672",
    ),
    "mcunet_5fps": (
        *(96, 51.5, 16),
        "8,3,1,16 16,3,2,32 16,3,1,48 24,7,2,48 24,3,1,120 40,3,2,120 40,7,1,160 48,5,1,160 48,3,1,144 48,3,1,192 "
        "96,7,2,240 96,5,1,384 96,5,1,384 160,3,1,576",
    ),
    "mcunet_256kb": (
        *(160, 60.9, 16),
        "8,3,1,16 16,5,2,24 16,7,1,96 16,3,1,80 16,5,1,80 24,3,2,80 24,7,1,144 24,5,1,144 40,7,2,96 40,5,1,200 "
        "48,3,1,200 48,5,1,240 48,3,1,192 96,5,2,288 96,5,1,384 96,5,1,288 96,3,1,384 160,5,1,480",
    ),
    "mcunet_512kb": (
        *(160, 68.4, 32),
        "16,3,1,32 24,7,2,48 24,3,1,120 24,5,1,96 40,7,2,120 40,3,1,160 40,7,1,160 80,7,2,120 80,3,1,240 80,7,1,240 "
        "96,3,1,320 96,5,1,288 96,5,1,288 192,7,2,384 192,7,1,576 192,5,1,576 320,5,1,768",
    ),
}
TORCHVISION_MODELS = {
    "mnasnet": ("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    "shufflenetv2": ("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
}
# Family of timm's models by the beginning of their name, `tf_` apart; models of none are left out.
FAMILIES = {
    **{name: name for name in ("mobilenetv1", "mobilenetv2", "mobilenetv3", "mobilenetv4", "lcnet", "tinynet")},
    **{name: name for name in ("mixnet", "repghostnet", "rexnet", "repvit", "shvit", "fasternet", "mobileone")},
    **{name: name for name in ("mobilevitv2", "edgenext", "swiftformer", "efficientformerv2", "starnet", "fastvit")},
    **{name: name for name in ("convnext_", "maxvit", "hardcorenas", "mambaout", "efficientnetv2", "tiny_vit")},
    **{name: name for name in ("pvt_v2", "inception_next", "poolformer_", "nextvit")},
    "mobilenet_edgetpu": "edgetpu",
    "mnasnet": "mnasnet",
    "semnasnet": "mnasnet",
    "spnasnet": "mnasnet",
    "fbnet": "fbnet",
    "ghostnet": "ghostnet",
    "efficientnet_lite": "efficientnet-lite",
    "efficientnet_b": "efficientnet",
    "efficientnet_e": "edgetpu",
    "levit_": "levit",
    "mobilevit_": "mobilevit",
    "efficientformer_": "efficientformer",
    "test_": "timm-test",
}
# Pruned networks and other normalisations are other methods; `levit_conv` are the models of `levit` again.
LEFT_OUT = re.compile(
    r"pruned|_evos|levit_conv|_rw_|_rmlp|rexnetr|maxxvit|_hnf|_gn|_ln|aa_large|blur|convnextv2|_rw\b"
)
MORE_DATA = re.compile(r"_ft_|in2[12]k|in12k|ns_jft|ap_in1k|ssld")  # or adversarial examples, or labels of others
MOST_PARAMETERS_M = 260.0
ATTENTION = ("shvit", "levit", "mobilevit", "mobilevitv2", "edgenext", "swiftformer", "maxvit", "tiny_vit")
ATTENTION += ("efficientformer", "efficientformerv2", "pvt_v2", "nextvit")
EPOCHS = {"shvit": 300, "fasternet": 300}  # arXiv 2401.16456 and 2303.03667
FOLDED = ("mobileone", "repvit", "fastvit", "repghostnet")  # trained with branches that fold into one convolution
HELD_OUT = {
    *(("mobilenetv2_050", "slim", 192), ("mobilenetv2_035", "slim", 224), ("mobilenetv2_035", "slim", 160)),
}
# Every result of these models is held out.
HELD_OUT_MODELS = {
    *("mcunet_512kb", "mobilenetv3_small_minimal_100", "lcnet_075", "fasternet_t1", "shvit_s3", "repvit_m1_0"),
    *("mobilenetv4_conv_medium", "efficientnet_b3", "convnext_small", "efficientnetv2_m"),
}
CHECKED = ("mit-b0", "mit-b1", "mit-b3", "mit-l1", "mit-l2", "msra-m0", "msra-m4", "msra-m5")
TOLERANCE = 0.001
CLASSES = 1000


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What a backbone costs on one image, and the whole network with its classifier."""

    macs: int
    parameters: int
    activations: int
    whole_macs: int
    whole_parameters: int


class Tracer(TorchDispatchMode):
    """Adds up convolutions, linear layers and attention products of everything that runs under it; see `Cost`."""

    def __init__(self) -> None:
        super().__init__()
        self.macs = self.activations = 0
        self.used: dict[int, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        for arg in torch.utils._pytree.tree_leaves((args, kwargs)):
            if isinstance(arg, torch.nn.Parameter):
                self.used[id(arg)] = arg.numel()
        name = func.overloadpacket.__name__
        if name in ("convolution", "_convolution"):
            image, weight = args[:2]
            self._add(out.numel() * weight[0].numel(), image.numel() + out.numel())
        elif name in ("mm", "addmm"):
            left, right = args[-2:]
            self._add(left.numel() * right.shape[-1], left.numel() + out.numel())
        elif name in ("bmm", "baddbmm"):
            left, right = args[-2:]
            self._add(left.numel() * right.shape[-1], left.numel() + right.numel() + out.numel())
        elif "scaled_dot_product" in name:
            raise RuntimeError(f"a fused attention kernel hides its products: {name}")
        return out

    def _add(self, macs: int, elements: int) -> None:
        self.macs += macs
        self.activations += elements


def trace(network: torch.nn.Module, strip: Callable[[torch.nn.Module], Callable[..., object]], side: int) -> Traced:
    """Costs of `network` on the meta device on a square image; `strip` takes its head away."""
    backbone = run(strip(copy.deepcopy(network)), side)  # a copy: attention keeps biases that it has looked up
    whole = run(network, side)
    return Traced(
        macs=backbone.macs,
        parameters=sum(backbone.used.values()),
        activations=backbone.activations,
        whole_macs=whole.macs,
        whole_parameters=sum(whole.used.values()),
    )


def run(features: Callable[..., object], side: int) -> Tracer:
    """The tracer after one image."""
    tracer = Tracer()
    with torch.no_grad(), tracer:
        features(torch.empty(1, 3, side, side, device="meta"))
    return tracer


def trace_timm(model: str, side: int) -> Traced:
    """Costs of timm's model, folded to what runs."""
    timm = import_timm()
    timm.layers.set_fused_attn(False)
    folds = model.startswith(FOLDED)
    with torch.device("cpu" if folds else "meta"):
        network = timm.create_model(model, num_classes=CLASSES).eval()
    if folds:
        network = timm.utils.reparameterize_model(network).to("meta")
    return trace(network, timm_backbone, side)


def timm_backbone(network: torch.nn.Module) -> Callable[..., object]:
    """timm's model up to its last block."""
    for name in ("conv_head", "bn2", "final_conv"):
        if hasattr(network, name):
            setattr(network, name, torch.nn.Identity())
    if type(network).__name__ == "RexNet":
        network.features[-1] = torch.nn.Identity()  # type: ignore[index, operator]
    features: Callable[..., object] = network.forward_features  # type: ignore[assignment]
    return features


def trace_torchvision(model: str) -> Traced:
    """Costs of torchvision's model at 224."""
    import_timm()
    import torchvision

    with torch.device("meta"):
        return trace(torchvision.models.get_model(model).eval(), torchvision_backbone, 224)


def torchvision_backbone(network: torch.nn.Module) -> Callable[..., object]:
    """torchvision's model up to its last block."""
    if hasattr(network, "conv5"):
        network.conv5, network.fc = torch.nn.Identity(), torch.nn.Identity()
        return network
    blocks: Callable[..., object] = network.layers[:-3]  # type: ignore[index]
    return blocks


def chain(side: int, stem: int, blocks: list[tuple[int, int, int, int]], *, separable: bool = False) -> Cost:
    """A stem of stride 2 and inverted bottlenecks (width, kernel, stride, width inside), the first widening of which
    is left out where it would not widen; `separable` ones never widen.
    """
    costs, width, side = [conv(3, stem, 3, side, side, stride=2)], stem, out_size(side, 2)
    for out, kernel, stride, mid in blocks:
        if not separable and mid != width:
            costs.append(conv(width, mid, 1, side, side))
        costs.append(conv(mid, mid, kernel, side, side, stride=stride, groups=mid))
        side = out_size(side, stride)
        costs.append(conv(mid, out, 1, side, side))
        width = out
    return total(*costs)


def mobilenet_v1(multiplier: float, side: int) -> tuple[Cost, Cost]:
    """MobileNet (arXiv 1704.04861, table 1) as in TensorFlow's slim."""
    widths = [max(int(width * multiplier), 8) for width in (32, 64, *[128] * 2, *[256] * 2, *[512] * 6, *[1024] * 2)]
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    pairs = zip(widths[:-1], widths[1:], strides, strict=True)
    body = chain(side, widths[0], [(out, 3, stride, width) for width, out, stride in pairs], separable=True)
    return body, linear(widths[-1], 1000)


def mobilenet_v2(multiplier: float, side: int) -> tuple[Cost, Cost]:
    """MobileNetV2 (arXiv 1801.04381, table 2) as in TensorFlow's slim."""

    def scaled(width: int) -> int:
        found = max(8, int(width * multiplier + 4) // 8 * 8)
        return found + 8 if found < 0.9 * width * multiplier else found

    stem = width = scaled(32)
    blocks = []
    stages = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    for expand, out, count, stride in stages:
        for index in range(count):
            blocks.append((scaled(out), 3, stride if index == 0 else 1, width * expand))
            width = scaled(out)
    last, end = max(1280, scaled(1280)), side // 32
    return chain(side, stem, blocks), total(conv(width, last, 1, end, end), linear(last, 1000))


def mcunet(model: str) -> tuple[Cost, Cost]:
    """MCUNet (arXiv 2007.10319) from the layers its authors publish."""
    side, _, stem, text = MCUNETS[model]
    blocks = [tuple(map(int, block.split(","))) for block in text.split()]
    body = chain(side, stem, [(out, kernel, stride, mid) for out, kernel, stride, mid in blocks])
    return body, linear(blocks[-1][0], 1000)


def traced(body: Cost, head: Cost) -> Traced:
    """The quantities of a body and a head."""
    whole = total(body, head)
    return Traced(
        macs=body.macs,
        parameters=body.parameters,
        activations=body.activations,
        whole_macs=whole.macs,
        whole_parameters=whole.parameters,
    )


def check_tracer(models: Iterable[str]) -> None:
    """Raise unless timm's EfficientViT models traced cost what `arch_cost` says."""
    for ours in models:
        found = asdict(trace_timm("efficientvit_" + ours.split("-")[1], 224))
        body, whole = arch_cost(replace(published(ours), head=None)), arch_cost(published(ours))
        exact = {key: getattr(body, key) for key in ("macs", "parameters", "activations")}
        exact |= {"whole_macs": whole.macs, "whole_parameters": whole.parameters}
        apart = {key: abs(found[key] / exact[key] - 1) for key in exact}
        print(f"{ours}: traced and added up differ by {max(apart.values()):.2%} at most", flush=True)
        if max(apart.values()) > TOLERANCE:
            raise RuntimeError(f"{ours}: the tracer and arch_cost differ by more than {TOLERANCE:.1%}: {apart}")


def row(
    model: str, family: str, weights: str, side: int, top1: float, cost: Traced, source: str
) -> dict[str, object]:
    """One line of the table."""
    known = re.search(r"(?:^|_)e(\d+)(?:_|$)|_(\d+)e(?:_|$)", weights)
    epochs = (known.group(1) or known.group(2)) if known else EPOCHS.get(family, "")
    held = model in HELD_OUT_MODELS or (model, weights, side) in HELD_OUT
    attention = family in ATTENTION or "hybrid" in model
    distilled = int("dist" in weights or "usi" in weights)
    values = (model, family, weights, side, side, f"{top1:.3f}", epochs, distilled, int(attention), int(held))
    return dict(zip(FIELDS, (*values, *asdict(cost).values(), source), strict=True))


def slim_rows() -> Iterator[dict[str, object]]:
    """MobileNetV1 and V2 at all widths and sizes."""
    tables = ((MOBILENET_V1, mobilenet_v1, SLIM_V1), (MOBILENET_V2, mobilenet_v2, SLIM_V2))
    for version, (table, network, source) in enumerate(tables, start=1):
        for multiplier, sizes in table.items():
            for side, top1 in sizes.items():
                cost = traced(*network(multiplier, side))
                model = f"mobilenetv{version}_{round(100 * multiplier):03d}"
                yield row(model, f"mobilenetv{version}", "slim", side, top1, cost, source)
    for model, (side, top1, _, _) in MCUNETS.items():
        yield row(model, "mcunet", "fp32", side, top1, traced(*mcunet(model)), MCUNET)


def torchvision_rows() -> Iterator[dict[str, object]]:
    """MnasNet and ShuffleNetV2."""
    import_timm()
    import torchvision

    for family, models in TORCHVISION_MODELS.items():
        for model in models:
            weights = torchvision.models.get_model_weights(model).IMAGENET1K_V1
            top1 = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
            cost = trace_torchvision(model)
            yield row(model, family, "IMAGENET1K_V1", 224, top1, cost, TORCHVISION)


def timm_family(model: str) -> str | None:
    """Family of one of timm's models; None leaves it out."""
    bare = model.removeprefix("tf_")
    if LEFT_OUT.search(bare):
        return None
    found = [begin for begin in FAMILIES if bare.startswith(begin)]
    return FAMILIES[max(found, key=len)].rstrip("_") if found else None


def timm_rows(folder: Path) -> Iterator[dict[str, object]]:
    """timm's own evaluations of models trained on ImageNet-1k alone, distilled or not."""
    with (folder / "model_metadata-in1k.csv").open(encoding="utf-8") as file:
        kinds = {line["model"]: line["pretrain"] for line in csv.DictReader(file)}
    with (folder / "results-imagenet.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        model, _, weights = line["model"].partition(".")
        family = timm_family(model)
        alone = weights.endswith("in1k") and not re.search(
            r"_ft_|in2[12]k|in12k|ns_jft|ap_in1k|ssld|miil_in21k", weights
        )
        if family is None or not alone or kinds.get(model, "in1k") not in ("in1k", "in1k-dist"):
            continue
        if float(line["param_count"]) > MOST_PARAMETERS_M:
            continue
        side = int(line["img_size"])
        try:
            cost = trace_timm(model, side)
        except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
            print(f"left out {line['model']} at {side}: {str(error).splitlines()[0]}", flush=True)
            continue
        yield row(model.removeprefix("tf_"), family, weights, side, float(line["top1"]), cost, TIMM)


def main() -> None:
    """Check the tracer, collect and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--timm", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    check_tracer(CHECKED)
    rows = [*slim_rows(), *torchvision_rows(), *timm_rows(options.timm)]
    rows.sort(key=lambda each: (str(each["family"]), str(each["model"]), str(each["weights"]), str(each["height"])))
    with options.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} results of {len({each['model'] for each in rows})} models in {options.out}")


if __name__ == "__main__":
    main()
