"""The chosen network as a checked file beside its search."""

from pathlib import Path

from nas.search.config import SearchConfig
from nas.search.judge import Candidate


def export_best(best: Candidate, folder: Path, config: SearchConfig) -> str:
    """Write the chosen network as ONNX into a run's folder; with a supernet, compare accuracies of PyTorch and ONNX
    Runtime image by image. Says what was written, or why nothing was.

    Raises:
        ValueError: the check failed; no file is left.
    """
    from nas.deploy.checking import TOLERANCE, held_out_agreement
    from nas.deploy.exporting import export_network
    from supernet import build, judged_network, load_dataset, supernet_dataset

    supernet = config.supernet
    if best.download is not None:
        return f"not exported: the weights of {best.name} have to be downloaded; {best.download.command}"
    arch, path = best.arch, folder / f"{best.arch.arch_id}.onnx"
    if supernet is None:
        report = export_network(build(arch, seed=config.seed), path)
        return f"{path}: random weights (no supernet), difference to PyTorch {report.max_difference:.1e}"
    data = load_dataset(config.data or supernet_dataset(supernet))
    network = judged_network(supernet, arch, data)
    report = export_network(network, path)
    agreement = held_out_agreement(network, path, data)
    if agreement.different or not agreement.max_difference <= TOLERANCE["fp32"]:
        path.unlink()
        raise ValueError(
            f"export check failed: {agreement.different} of {agreement.images} held-out predictions differ, "
            f"outputs by {agreement.max_difference:.1e}; no file was written"
        )
    return (
        f"{path}: {report.bytes / 1e6:.1f} MB; on {agreement.images} held-out images PyTorch "
        f"{agreement.torch:.2f} %, ONNX Runtime {agreement.onnx:.2f} %, {agreement.different} predictions differ, "
        f"outputs differ by {agreement.max_difference:.1e} at most"
    )
