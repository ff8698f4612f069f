"""`likewise train`: a file of labelled texts to a model."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from likewise.cli.command import Command
from likewise.cli.encoder import encoder_option, load, note_reading, prefix_option
from likewise.cli.output import note, print_json, print_table, stages, standard_output, table
from likewise.cli.reading import encoding_option, input_format_option
from likewise.errors import InvalidOption, UnwritableFile, shown

if TYPE_CHECKING:
    from likewise.classify.classifier import Classifier
    from likewise.classify.data.checks import Finding
    from likewise.classify.data.columns import Labelled
    from likewise.classify.evaluate.ladder import Ladder
    from likewise.classify.regressor import Regressor
    from likewise.encoders import Encoder


@click.command(
    cls=Command,
    examples=(
        "likewise train moods.csv -o mood.likewise",
        "likewise train tickets.csv --text body --label team -o team.likewise",
        "likewise train reviews.parquet --target stars -o stars.likewise",
        "likewise train tickets.csv -o team.likewise --test later-tickets.csv",
    ),
)
@click.argument("file", metavar="FILE")
@click.option("--output", "-o", metavar="OUT", required=True, help="Model file to write.")
@click.option("--text", "--text-column", metavar="NAME", help="Column that holds the texts.")
@click.option("--label", metavar="NAME", help="Column that holds the labels.")
@click.option("--target", metavar="NAME", help="Column that holds numbers, to predict them.")
@click.option(
    "--metric",
    metavar="NAME",
    default="accuracy",
    show_default=True,
    help="What answers are good at: accuracy, macro-F1 or balanced accuracy.",
)
@click.option("--test", metavar="FILE", help="Labelled texts to test on, with the same columns.")
@encoder_option
@prefix_option
@input_format_option
@encoding_option
@click.option("--quick", is_flag=True, help="Only train: no ladder, no report.")
@click.option("--without-texts", is_flag=True, help="Keep no training text in the model.")
@click.option("--report", metavar="HTML", help="Report to write; by default beside OUT.")
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
def command(
    file: str,
    output: str,
    text: str | None,
    label: str | None,
    target: str | None,
    metric: str,
    test: str | None,
    encoder: str | None,
    prefix: str | None,
    input_format: str | None,
    encoding: str | None,
    quick: bool,
    without_texts: bool,
    report: str | None,
    as_json: bool,
) -> None:
    """Learn to tell labels, or numbers, from a file of examples.

    FILE is csv, tsv, jsonl or parquet. Several models are compared on texts that they have not
    seen, beside simple baselines; the best becomes OUT. A model that stands at OUT already is
    kept under another name, and so is its report.
    """
    from likewise.classify.data.columns import read_labelled
    from likewise.classify.evaluate.decision import check_metric
    from likewise.files.read import open_table
    from likewise.files.write import check_target

    if label and target:
        raise InvalidOption(
            "Both --label and --target are given.",
            "Give --label for classes, --target for numbers.",
        )
    check_metric(metric)
    if target and metric != "accuracy":
        raise InvalidOption(f"--metric {metric} is for labels.", "Leave it out with --target.")
    if as_json or target or not quick:
        standard_output()  # before the work, not after it
    inputs = [file] if test is None else [file, test]
    path = check_target(Path(output), *inputs)
    page = None if quick else _page(path, report, inputs)
    columns: dict[str, Any] = {"text": text, "label": label, "target": target}
    spelt: dict[str, Any] = {"format": input_format, "encoding": encoding, "columns": True}
    data = read_labelled(open_table(file, **spelt), **columns)
    tested = None
    if test is not None:
        columns["text"] = data.text_column
        columns["target" if target else "label"] = data.answer_column
        tested = read_labelled(open_table(test, **spelt), **columns)
    for said in data.notes:
        note(said)
    from likewise.encoders import with_cache

    engine = with_cache(load(encoder, prefix))
    if target:
        said_json = _numbers(
            data, tested, engine, path, page, keep_texts=not without_texts, as_json=as_json
        )
    else:
        said_json = _classes(
            data, tested, engine, path, page, metric, keep_texts=not without_texts, as_json=as_json
        )
    if as_json:
        print_json(said_json)


def _page(path: Path, report: str | None, inputs: list[str]) -> Path:
    """Return where the report goes; nothing that is read or written besides may stand there."""
    from likewise.files.write import check_target

    page = Path(report) if report else path.with_suffix(".html")
    if check_target(page, *inputs) == path:
        raise UnwritableFile(
            f"{shown(page.name)} can't be both the model and its report.",
            "Name the model with another ending, such as .likewise.",
        )
    return page


def _classes(
    data: "Labelled",
    tested: "Labelled | None",
    encoder: "Encoder",
    path: Path,
    page: Path | None,
    metric: str,
    *,
    keep_texts: bool,
    as_json: bool,
) -> dict[str, Any]:
    from likewise.classify.classifier import Classifier
    from likewise.classify.data.checks import check_known, check_table, classes_of, leakage

    classes, _ = classes_of(data.answers)
    findings = check_table(data.texts, data.answers)
    if tested is not None:
        findings += leakage(data.texts, tested.texts)
        check_known(tested.answers, classes)
    note(f"{len(data.texts):,} texts with {len(classes):,} labels.")
    _note_findings(findings)
    model = Classifier(encoder, metric=metric, keep_texts=keep_texts)
    said: dict[str, Any] = {"findings": [finding.to_dict() for finding in findings]}
    ladder = None
    if page is not None:
        with stages() as report:
            ladder = model.ladder(data.texts, data.answers, report=report)
        said["ladder"] = ladder.to_dict()
        if not as_json:
            _print_ladder(ladder)
    with stages() as report:
        model.fit(data.texts, data.answers, report=report)
    _learnt(model, data)
    said["facts"] = dict(model.model_.facts)
    if tested is not None:
        said["test"] = model.evaluate(tested.texts, tested.answers).to_dict()
        note(f"On {len(tested.texts):,} test texts: {_percent(said['test']['accuracy'])} right.")
    _saved(model.save(path), path)
    if page is not None and ladder is not None:
        from likewise.classify.report.classes import write_report

        with stages() as report:
            curve = model.curve(report=report)
        _saved(write_report(page, model, data, ladder, findings, curve), page, "Report")
        said["curve"] = {"advice": curve.advice, "points": [asdict(p) for p in curve.points]}
    return said


def _numbers(
    data: "Labelled",
    tested: "Labelled | None",
    encoder: "Encoder",
    path: Path,
    page: Path | None,
    *,
    keep_texts: bool,
    as_json: bool,
) -> dict[str, Any]:
    from likewise.classify.data.checks import check_numbers, leakage
    from likewise.classify.regressor import Regressor
    from likewise.classify.report.numbers import write_report

    findings = check_numbers(data.texts, data.answers)
    if tested is not None:
        findings += leakage(data.texts, tested.texts)
    _note_findings(findings)
    model = Regressor(encoder, keep_texts=keep_texts)
    with stages() as report:
        model.fit(data.texts, data.answers, report=report)
    _learnt(model, data)
    facts = dict(model.model_.facts)
    said: dict[str, Any] = {
        "findings": [finding.to_dict() for finding in findings],
        "facts": facts,
    }
    if page is not None and not as_json:
        _print_number_ladder(facts)
    if tested is not None:
        said["test"] = model.evaluate(tested.texts, tested.answers).to_dict()
        note(f"On {len(tested.texts):,} test texts: RMSE {said['test']['rmse']:.3f}.")
    _saved(model.save(path), path)
    if page is not None:
        _saved(write_report(page, model, data), page, "Report")
    return said


def _learnt(model: "Classifier | Regressor", data: "Labelled") -> None:
    """Name the column of the texts in the model, and say how they were read."""
    from likewise.types import Reading

    learnt = model.model_ = replace(model.model_, text_column=data.text_column)
    if learnt.identity is not None:
        note_reading(learnt.identity, Reading(**learnt.facts["reading"]))


def _saved(older: Path | None, path: Path, what: str = "Model") -> None:
    if older is not None:
        note(f"The {what.lower()} that stood there is now {older}.")
    note(f"{what}: {path}")


def _note_findings(findings: "list[Finding]") -> None:
    for finding in findings:
        note(f"Check: {finding.message}")


def _print_number_ladder(facts: dict[str, Any]) -> None:
    made = table("", "model", ">RMSE", ">MAE", ">R²", ">Pearson r")
    for rung in facts["ladder"]:
        chosen = "★" if rung["name"] == facts["model"] else ""
        values = [f"{rung[name]:.3f}" for name in ("rmse", "mae", "r2", "pearson")]
        made.add_row(chosen, rung["name"], *values)
    print_table(made)


def _print_ladder(ladder: "Ladder") -> None:
    headers = ("", "model", ">right", ">macro-F1", ">log-loss", ">calibration error", "difference")
    made = table(*headers)
    for rung in ladder.rungs:
        low, high = rung.interval
        same = rung is ladder.chosen
        made.add_row(
            "★" if same else "",
            rung.name,
            _percent(rung.scores.accuracy),
            f"{rung.scores.macro_f1:.3f}",
            f"{rung.scores.log_loss:.3f}",
            _percent(rung.scores.calibration_error),
            "chosen" if same else f"{100 * low:+.1f} … {100 * high:+.1f}",
        )
    print_table(made)
    note(
        f"{ladder.design.capitalize()}: {len(ladder.held_out):,} texts. Difference: 95 % interval "
        "of the accuracy against the chosen model, in points."
    )
    note(
        "Chosen by log-loss within the training texts: logistic regression, unless another is "
        "better by a standard error."
    )
    if ladder.winner is not ladder.chosen:
        note(f"Most were right with: {ladder.winner.name}.")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
