"""TensorRT on this machine through its own trtexec, as in a bundle: strongly typed engines, transfers timed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nas.disk.files import write_json
from nas.measuring.backends.backend import Backend, Loaded
from nas.measuring.backends.tensorrt_plan import LayerTime, format_profile, parse_profile
from nas.measuring.runner.errors import ModelError, RunnerError
from nas.measuring.runner.protocol import MeasuringProtocol
from nas.measuring.runner.runtimes.trtexec import Trtexec, trtexec_run
from nas.measuring.runner.weights import read_model

if TYPE_CHECKING:
    from nas.measuring.plan import Item


PROFILED_RUNS = 10


class TensorRTBackend(Backend):
    """Builds an engine per model with trtexec and times it in a process of its own."""

    name = "tensorrt"
    words = "TensorRT's trtexec, transfers timed"
    precisions = ("fp32", "fp16", "bf16", "int8")
    build_s = 25.0
    exports = True
    signed_int8 = True
    board = Trtexec
    like = "jetson-agx-orin"

    @staticmethod
    def is_available() -> tuple[bool, str]:
        """Whether it can run here, and why not."""
        try:
            Trtexec(Path(), 1, 0)
        except RunnerError as error:
            return False, str(error)
        return True, ""

    @staticmethod
    def version() -> str:
        """Version of TensorRT."""
        return Trtexec(Path(), 1, 0).version

    @staticmethod
    def options() -> dict[str, Any]:
        """What shapes the timing, stored with every table."""
        return Trtexec.options()

    def load_item(
        self, item: "Item", folder: Path, *, batch: int, precision: str, protocol: MeasuringProtocol
    ) -> Loaded:
        """The engine of the item, one from before is used again; its layers' times go to `engines` beside `folder`.

        Raises:
            ModelError: it cannot be exported or built; gives trtexec's first error.
        """
        from nas.measuring.models.exported import exported

        path, digest = exported(item, folder, batch=batch, precision=precision, signed_int8=self.signed_int8)
        runtime = Trtexec(folder / "work", protocol.threads, protocol.seed)
        loaded = Loaded(runtime.load(read_model(path)), digest)
        record = folder.parent / "engines" / f"{item.key}.json"
        if not record.exists():
            profile = format_profile(_profile(runtime, item.key), runs=PROFILED_RUNS)
            write_json(record, {"tensorrt": runtime.version, "profile": profile}, indent=1)
        return loaded


def _profile(runtime: Trtexec, key: str) -> tuple[LayerTime, ...]:
    """Times of the layers of an engine, from a run of its own since profiled runs are slower."""
    engine = runtime.engine(key)
    times, profile = engine.with_suffix(".json"), engine.with_suffix(".profile.json")
    command = trtexec_run(runtime.program, runtime.version, engine, times, 200.0, PROFILED_RUNS)
    runtime.call([*command, f"--exportProfile={profile}"])
    try:
        return parse_profile(profile.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"trtexec's --exportProfile file: {error}") from None
