"""How figures are spelt for people, the same in the terminal and in the report."""

from collections.abc import Mapping, Sequence
from typing import Any

from likewise.classify.report.figures import fixed, hundred, number, percent, points
from likewise.errors import lower_first


def class_row(entry: Mapping[str, Any], saved: str) -> list[str]:
    """Return the cells of an entry of the leaderboard: name, scores, difference."""
    return [
        entry["name"],
        percent(entry["accuracy"]),
        fixed(entry["macro_f1"], 3),
        fixed(entry["log_loss"], 3),
        percent(entry["calibration_error"]),
        "saved" if entry["name"] == saved else points(entry["interval"]),
    ]


CLASS_COLUMNS = ("model", ">right", ">macro-F1", ">log-loss", ">calibration error", "difference")


def label_row(entry: Mapping[str, Any], saved: str) -> list[str]:
    """Return the cells of an entry of the leaderboard of several labels per text."""
    return [
        entry["name"],
        *(fixed(entry[name], 3) for name in ("micro_f1", "macro_f1")),
        percent(entry["exact"]),
        fixed(entry["log_loss"], 3),
        percent(entry["calibration_error"]),
        "saved" if entry["name"] == saved else points(entry["interval"]),
    ]


LABEL_COLUMNS = (
    *("model", ">micro-F1", ">macro-F1", ">all right", ">log-loss", ">calibration error"),
    "difference",
)


def number_row(entry: Mapping[str, Any]) -> list[str]:
    """Return the cells of an entry of the leaderboard of regressors."""
    low, high = entry["interval"]
    return [
        entry["name"],
        *(number(entry[name]) for name in ("rmse", "mae")),
        *(fixed(entry[name], 3) for name in ("r2", "pearson")),
        "saved" if entry["saved"] else f"{number(low, sign=True)} … {number(high, sign=True)}",
    ]


NUMBER_COLUMNS = ("model", ">RMSE", ">MAE", ">R²", ">Pearson r", "MAE is higher by")


def about_leaderboard(board: Mapping[str, Any]) -> list[str]:
    """Return what must be known to read the table of classifiers, a sentence each."""
    said = [
        f"{_capital(board['design'])}: {board['texts']:,} texts. Difference: 95 % interval of the "
        "accuracy against the saved model, in points, on the same texts.",
        f"{_capital(board['procedure'])}, is the estimate to go by: search and choice were "
        "repeated without the held-out texts.",
        "The choice is made by log-loss within the training texts: logistic regression, unless "
        "another model is better by a standard error; by two, where labels have fewer than 16 "
        "texts.",
    ]
    if board["winner"] != board["saved"]:
        said.append(f"The most accurate was: {board['winner']}.")
    return said


def about_label_board(board: Mapping[str, Any]) -> list[str]:
    """Return what must be known to read the table of several labels per text, a sentence each."""
    said = [
        f"{_capital(board['design'])}: {board['texts']:,} texts. Difference: 95 % interval of the "
        "micro-F1 against the saved model, in points, on the same texts. All right: texts that got "
        "exactly their labels.",
        f"{_capital(board['procedure'])}, is the estimate to go by: search, choice and thresholds "
        "were repeated without the held-out texts.",
        "The choice is made by log-loss within the training texts: logistic regression, unless "
        "another model is better by a standard error; by two, where labels have fewer than 16 "
        "texts.",
    ]
    if board["winner"] != board["saved"]:
        said.append(f"The highest micro-F1 was that of: {board['winner']}.")
    return said


def headline(results: Mapping[str, Any]) -> str:
    """Return the result in one sentence, before all figures."""
    estimate = results["estimate"]
    if results["kind"] == "numbers":
        [mean] = [one for one in results["leaderboard"] if one["name"] == "always the mean"]
        return (
            f"Off by {number(estimate['mae'])} on average; always saying the mean would be off by "
            f"{number(mean['mae'])}."
        )
    if estimate is None:
        return "Too few texts to hold any out: nobody knows how good this model is."
    several = results["kind"] == "multi-label"
    key = "exact" if several else "accuracy"
    board = results["leaderboard"]
    entries = {} if board is None else {one["name"]: one[key] for one in board["entries"]}
    beside = [
        f"{said} {hundred(entries[name])}"
        for name, said in (
            ("always the most frequent label", "guessing gets"),
            ("always the most frequent set of labels", "guessing gets"),
            ("nearest label words", "the nearest word"),
            ("the labels of the nearest text", "copying the nearest text"),
        )
        if name in entries
    ]
    said = "All labels right" if several else "Right"
    return f"{said} {hundred(estimate[key])} of 100{'; ' if beside else ''}{', '.join(beside)}."


def about(results: Mapping[str, Any]) -> list[str]:
    """Return what must be known beside the table of models, a sentence each."""
    said = [] if results["test"] is None else about_test(results["test"])
    if results["kind"] == "numbers":
        said.append(about_numbers(results))
        return said if results["levels"] is None else [*said, results["levels"]["said"]]
    if results["kind"] == "multi-label":
        said += [] if results["leaderboard"] is None else about_label_board(results["leaderboard"])
        return [*said, results["rejection"]["said"]]
    if results["leaderboard"] is not None:
        said += about_leaderboard(results["leaderboard"])
    more = (
        results["rejection"]["said"],
        about_suspects(results["suspects"], results["texts"]),
        None if results["curve"] is None else results["curve"]["advice"],
    )
    return said + [one for one in more if one is not None]


def about_numbers(results: Mapping[str, Any]) -> str:
    """Return what must be known to read the table of regressors."""
    return (
        f"{_capital(results['design'])}: {results['estimate']['texts']:,} texts. MAE is higher by: "
        "95 % interval against the saved model, on the same texts."
    )


def about_test(test: Mapping[str, Any]) -> list[str]:
    """Return how a model did on texts that were kept apart, a sentence each."""
    texts = f"On {test['texts']:,} test text{'' if test['texts'] == 1 else 's'}: "
    if "accuracy" in test:
        return [
            f"{texts}{percent(test['accuracy'])} right, macro-F1 {fixed(test['macro_f1'], 3)}, "
            f"log-loss {fixed(test['log_loss'], 3)}, "
            f"calibration error {percent(test['calibration_error'])}.",
            f"Sets that promise {percent(test['promised'])} contain the true label of "
            f"{percent(test['coverage'])}, with {fixed(test['set_size'], 2)} labels on average; "
            f"{percent(test['rejected'])} are called none of the labels "
            f"({percent(test['abstain'])} asked).",
        ]
    if "micro_f1" in test:
        return [
            f"{texts}micro-F1 {fixed(test['micro_f1'], 3)}, macro-F1 "
            f"{fixed(test['macro_f1'], 3)}, {percent(test['exact'])} with all labels right, "
            f"log-loss {fixed(test['log_loss'], 3)}, "
            f"calibration error {percent(test['calibration_error'])}.",
            f"Sets that promise {percent(test['promised'])} of a text's labels contain "
            f"{percent(test['coverage'])}, with {fixed(test['set_size'], 2)} labels on average; "
            f"{percent(test['rejected'])} are called none of the labels "
            f"({percent(test['abstain'])} asked).",
        ]
    width = "without ends" if test["width"] is None else f"{number(test['width'])} wide"
    levels = [] if test["levels"] is None else [f"{texts}{lower_first(test['levels']['said'])}"]
    return [
        f"{texts}RMSE {number(test['rmse'])}, MAE {number(test['mae'])}, R² "
        f"{fixed(test['r2'], 3)}, Pearson r {fixed(test['pearson'], 3)}.",
        f"Intervals that promise {percent(test['promised'])} contain the true number of "
        f"{percent(test['coverage'])}; they are {width}.",
        *levels,
    ]


def about_rejection(rejection: Mapping[str, Any]) -> str:
    """Return what is called none of the labels, and how well the rate of own texts is known."""
    if rejection["between"] is None:
        return "Too few texts were held out to call any text none of the labels."
    asked, (low, high) = percent(rejection["abstain"]), map(percent, rejection["between"])
    foreign = [
        f"{percent(one['rejected'])} of {one['texts']:,} {one['name']}"
        for one in rejection["foreign"]
    ]
    said = f"Where {asked} of your own texts may be called none of the labels, "
    said += f"so are {', '.join(foreign)}. " if foreign else ""
    known = (
        f"with {rejection['held_out']:,} texts held out, the share that comes out most likely lies "
        f"between {low} and {high}."
    )
    return said + (_capital(known) if foreign else known)


def about_levels(levels: Mapping[str, Any]) -> str:
    """Return how good levels are, such as stars."""
    low, high = levels["values"][0], levels["values"][-1]
    return (
        f"As levels {number(low)} to {number(high)}: {percent(levels['right'])} right, "
        f"{percent(levels['near'])} one level off at most, {fixed(levels['mae'], 3)} off on "
        f"average; always saying the median would be {fixed(levels['guessing'], 3)} off."
    )


def about_suspects(suspects: Sequence[Any], texts: int) -> str | None:
    """Return how many labels look wrong, None where none does."""
    if not suspects:
        return None
    one = len(suspects) == 1
    return (
        f"{len(suspects):,} of {texts:,} labels look{'s' if one else ''} wrong to models that had "
        f"not seen the text{'' if one else 's'}."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
