"""`likewise export`: a trained model as a file of others."""

from pathlib import Path

import click

from likewise.cli.command import Command
from likewise.cli.output import note, note_kept
from likewise.errors import InvalidOption


@click.command(
    cls=Command,
    examples=(
        "likewise export mood.likewise --onnx",
        "likewise export mood.likewise --onnx -o head.onnx",
        "likewise export mood.likewise --onnx --with-encoder -o mood.onnx",
        "likewise export mood.likewise --sklearn",
    ),
)
@click.argument("model", metavar="MODEL")
@click.option("--onnx", "kind", flag_value="onnx", help="The head as an ONNX graph.")
@click.option("--sklearn", "kind", flag_value="skops", help="A scikit-learn pipeline, by skops.")
@click.option(
    "--with-encoder", is_flag=True, help="Put the encoder before the head, from tokens on."
)
@click.option(
    "--encoder",
    "-e",
    metavar="NAME",
    help="The encoder of the training, if it has another name here. A pipeline sends its texts to "
    "a provider only if you name its encoder.  [default: as in MODEL]",
)
@click.option("--output", "-o", metavar="OUT", help="File to write; by default next to MODEL.")
def command(
    model: str, kind: str | None, with_encoder: bool, encoder: str | None, output: str | None
) -> None:
    """Write a model that `likewise train` made as a file that other programs read.

    The ONNX file holds the head, which turns a text's vector into probabilities, or a number. Texts
    must be embedded first, by the encoder that its metadata names; --with-encoder includes a local
    encoder of the BERT family too, from its tokens on. The scikit-learn pipeline takes texts.
    Likewise reads neither of them back, so keep MODEL. If there is already a file at OUT, it is
    kept under another name.
    """
    from likewise.classify.export.encoder import spec_of
    from likewise.classify.export.onnx import to_onnx
    from likewise.classify.export.scikit import to_skops
    from likewise.classify.model import check_reads_texts
    from likewise.classify.saved.artifact import load
    from likewise.encoders.loading import confirmed
    from likewise.files.write import check_beside, check_target, replace_keeping
    from likewise.settings import settings

    if kind is None:
        raise InvalidOption("No format is named.", "Give --onnx or --sklearn.")
    learnt = load(Path(model))
    if output:
        target = check_target(Path(output), model)
    else:
        target = check_beside(Path(model).with_suffix(f".{kind}"), model)
    if kind == "skops":
        if with_encoder:
            raise InvalidOption(
                "--with-encoder is for --onnx.", "Leave it out: the pipeline takes texts anyhow."
            )
        source = confirmed(check_reads_texts(learnt), settings(), encoder)
        made = to_skops(learnt, source.name)
    else:
        spec = spec_of(check_reads_texts(learnt), settings(), encoder) if with_encoder else None
        made = to_onnx(learnt, spec)
    older = replace_keeping(target, lambda file: file.write(made))
    note_kept(older)
    note(f"{'ONNX' if kind == 'onnx' else 'scikit-learn'}: {target}")
