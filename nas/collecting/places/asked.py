"""The place that is asked for: a host for ssh, the address of a Ray cluster, a bundle to carry, or this machine."""

from pathlib import Path

from nas.collecting.places.bundle import Carried
from nas.collecting.places.here import Here
from nas.collecting.places.on_ray import OnRay
from nas.collecting.places.place import Place
from nas.collecting.places.ssh import OverSsh, Remote
from nas.errors import UserError


def place_asked(
    *,
    bundle: Path | None = None,
    host: str | None = None,
    ssh_config: Path | None = None,
    remote_python: str = Remote.python,
    ray: str | None = None,
) -> Place:
    """Where to measure; a bundle with a host is the one that is sent there.

    Raises:
        UserError: a host and a cluster exclude each other, or the host is none.
    """
    if host is not None and ray:
        raise UserError("--host and --ray are two ways of measuring elsewhere; give one")
    if host is not None:
        return OverSsh(Remote(host=host, config=ssh_config, python=remote_python))
    if ray:
        return OnRay(ray)
    return Here() if bundle is None else Carried()
