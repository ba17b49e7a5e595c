"""Arguments of `nas train`."""

from pathlib import Path
from typing import Annotated

import typer

from nas.arguments.shared import JsonOption, SeedOption, SpaceOption


def train(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the supernet.")],
    space: SpaceOption = "digits",
    data: Annotated[
        str,
        typer.Option(
            "--data",
            help="{data sets} (options after a colon: fractals:classes=100,size=32), or a folder of images in "
            "train/CLASS and val/CLASS.",
        ),
    ] = "digits",
    recipe: Annotated[
        str, typer.Option("--recipe", help="Training algorithm, or auto: the winner of a short race; see below.")
    ] = "single-with-largest",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the training images.")] = 20,
    passes: Annotated[
        int | None,
        typer.Option("--passes", min=1, help="Length in sub-network passes instead, to compare recipes fairly."),
    ] = None,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Images of a micro-batch, on each process.")] = 64,
    accumulate: Annotated[int, typer.Option("--accumulate", min=1, help="Micro-batches of a step.")] = 1,
    learning_rate: Annotated[float, typer.Option("--lr", help="Highest learning rate.")] = 5e-3,
    weight_decay: Annotated[float, typer.Option("--weight-decay", help="Of AdamW.")] = 0.02,
    ema: Annotated[float, typer.Option("--ema", help="Decay of averaged weights, say 0.999; 0: none.")] = 0.0,
    drop_path: Annotated[float, typer.Option("--drop-path", help="Chance to skip the last block.")] = 0.0,
    bf16: Annotated[bool, typer.Option("--bf16", help="Mixed precision.")] = False,
    channels_last: Annotated[bool, typer.Option("--channels-last", help="Memory format of the images.")] = False,
    resolutions: Annotated[
        str | None, typer.Option("--resolutions", help="Other input sizes than the space's: 96,128.")
    ] = None,
    init: Annotated[
        Path | None, typer.Option("--init", metavar="FILE", help="Start from a published checkpoint (safetensors).")
    ] = None,
    save_every: Annotated[float, typer.Option("--save-every", metavar="SECONDS", help="How often to save.")] = 60.0,
    workers: Annotated[
        int | None, typer.Option("--ray-workers", min=1, help="Train on that many workers of a Ray cluster.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--ray-address", help="The cluster: auto, ray://host:10001; default: started here."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Train a supernet.

    Killed at any moment, the same command goes on and ends with the same weights. The ledger counts what a run spends
    on which choices. Several processes: torchrun --nproc-per-node 2 -m nas.cli train ..., or --ray-workers 2; --out
    has to be a folder that all of them see.

    Recipes: {recipes}; or auto.

    The space takes the classes and channels of the data. --init puts the weights of a published member (timm's,
    the authors' or ours, recognised by its keys) where that member reads them; the rest is initialised.

    Examples:

        nas train --space digits --data cluttered-digits --out results/supernet/digits

        nas train --space efficientvit --data photos --resolutions 128,160 --recipe auto --ema 0.999 --out photos-net

        nas train --space efficientvit --data photos --init efficientvit_m0.safetensors --out m0-photos
    """
    from nas.commands.train import sizes, train_command
    from nas.training import AUTO, RACED, TrainingJob
    from supernet import TrainConfig

    race = recipe == AUTO
    config = TrainConfig(
        recipe=RACED if race else recipe,
        epochs=epochs,
        passes=passes,
        batch=batch,
        accumulate=accumulate,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        ema=ema,
        drop_path=drop_path,
        bf16=bf16,
        channels_last=channels_last,
        seed=seed,
    )
    job = TrainingJob(
        space=space,
        data=data,
        out=out,
        config=config,
        race=race,
        resolutions=sizes(resolutions),
        init=init,
        save_seconds=save_every,
        workers=workers,
        address=address,
    )
    train_command(job, as_json=as_json)
