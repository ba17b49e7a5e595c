"""Published weights: which commands turn them into a checked file, and fetching them from huggingface.co."""

import re
from pathlib import Path
from typing import NamedTuple

from nas.archs import arch_name
from nas.errors import UserError
from predictors.latency.published import PublishedNetwork, published_network, published_networks
from search_space import ArchConfig

TIMM_FILE = "model.safetensors"


class HubFile(NamedTuple):
    """A file of a repository on huggingface.co."""

    repository: str
    file: str


def hub_file(network: PublishedNetwork) -> HubFile | None:
    """Where huggingface.co has the weights, timm's before the authors'; None where only other sites do."""
    if network.timm is not None:
        return HubFile(f"timm/{network.timm}", TIMM_FILE)
    found = re.fullmatch(r"https://huggingface\.co/([\w.-]+/[\w.-]+)/resolve/main/(\S+)", network.authors or "")
    return HubFile(found[1], found[2]) if found else None


def weights_place(network: PublishedNetwork) -> str:
    """Where the weights are, in a few words: timm's tag, the authors' file, or both."""
    authors = f"the authors' {network.authors.rpartition('/')[2]}" if network.authors else ""
    return " or ".join(each for each in (f"timm/{network.timm}" if network.timm else "", authors) if each)


def weights_command(network: PublishedNetwork) -> str:
    """The one command that downloads the weights, converts them and writes a checked ONNX file."""
    name = arch_name(network.arch)
    if hub_file(network) is not None:
        return f"nas export {name} --pretrained"
    return " && ".join(manual_commands(network))


def manual_commands(network: PublishedNetwork) -> tuple[str, str]:
    """The same in two steps, for a machine without a network: get the file, and export it."""
    name, found = arch_name(network.arch), hub_file(network)
    if found is None:
        assert network.authors is not None
        return f"curl -LO {network.authors}", f"nas export {name} --weights {network.authors.rpartition('/')[2]}"
    folder = name.replace("@", "-")
    return (
        f"hf download {found.repository} {found.file} --local-dir {folder}",
        f"nas export {name} --weights {folder}/{found.file}",
    )


def find_pretrained(arch: ArchConfig) -> PublishedNetwork:
    """The published network of exactly this architecture.

    Raises:
        UserError: none is published, or at other sizes alone; names those.
    """
    network = published_network(arch)
    if network is not None:
        return network
    name = arch_name(arch)
    model = name.partition("@")[0]
    sizes = [arch_name(each.arch) for each in published_networks() if each.model == model]
    known = ", ".join(sizes or dict.fromkeys(each.model for each in published_networks()))
    raise UserError(f"--pretrained: no published weights are known for {name}; known: {known}")


def download(network: PublishedNetwork) -> Path:
    """The weights in huggingface_hub's cache, fetched when they are not there.

    Raises:
        UserError: huggingface_hub is missing, or the file cannot be had; says how to get it by hand.
    """
    found, by_hand = hub_file(network), " && ".join(manual_commands(network))
    if found is None:
        raise UserError(f"--pretrained: huggingface.co does not have the weights; by hand: {by_hand}")
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        raise UserError(
            f"--pretrained needs huggingface_hub: pip install huggingface_hub; by hand: {by_hand}"
        ) from None
    try:
        return Path(hf_hub_download(found.repository, found.file))
    except Exception as error:  # the hub's errors and those of its HTTP library share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"--pretrained: cannot get {found.file} of huggingface.co/{found.repository}, nor is it in the cache: "
            f"{reason.rstrip('.')}; where there is a network: {by_hand}"
        ) from None
