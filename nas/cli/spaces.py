"""`nas spaces`."""

from nas.cli.console import print_json, tell
from nas.cli.shared import JsonOption
from nas.describing.descriptions import described_spaces
from nas.units import format_count


def spaces(as_json: JsonOption = False) -> None:
    """List the search spaces: size, choices, published members."""
    found = described_spaces()
    if as_json:
        print_json([each.to_json() for each in found])
        return
    for each in found:
        low, high = (format_count(macs) for macs in each.macs)
        tell(f"{each.name}: {each.spans}", style="bold")
        lines = {
            "architectures": f"{each.size:.2g}, {len(each.genes)} genes",
            "multiply-adds": f"{low} to {high}",
            "input pixels": ", ".join(map(str, each.resolutions)),
            "supernet": f"{each.supernet_parameters / 1e6:,.0f} M parameters",
            "published members": ", ".join(each.members) or "none",
        }
        for label, text in lines.items():
            tell(f"  {label}: {text}")
