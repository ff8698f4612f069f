"""How figures are spelt for people, the same in the terminal and in the report."""

from collections.abc import Mapping, Sequence
from typing import Any


def percent(share: float) -> str:
    """Return a share such as 0.7031 as `70.3 %`."""
    return f"{100 * share:.1f} %"


def points(interval: Sequence[float]) -> str:
    """Return an interval of shares in points, such as `-1.2 … +0.4`."""
    return f"{100 * interval[0]:+.1f} … {100 * interval[1]:+.1f}"


def class_row(entry: Mapping[str, Any], saved: str) -> list[str]:
    """Return the cells of an entry of the leaderboard: name, scores, difference."""
    return [
        entry["name"],
        percent(entry["accuracy"]),
        f"{entry['macro_f1']:.3f}",
        f"{entry['log_loss']:.3f}",
        percent(entry["calibration_error"]),
        "saved" if entry["name"] == saved else points(entry["interval"]),
    ]


CLASS_COLUMNS = ("model", ">right", ">macro-F1", ">log-loss", ">calibration error", "difference")


def label_row(entry: Mapping[str, Any], saved: str) -> list[str]:
    """Return the cells of an entry of the leaderboard of several labels a text."""
    return [
        entry["name"],
        *(f"{entry[name]:.3f}" for name in ("micro_f1", "macro_f1")),
        percent(entry["exact"]),
        f"{entry['log_loss']:.3f}",
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
        *(f"{entry[name]:.4g}" for name in ("rmse", "mae")),
        *(f"{entry[name]:.3f}" for name in ("r2", "pearson")),
        "saved" if entry["saved"] else f"{low:+.3g} … {high:+.3g}",
    ]


NUMBER_COLUMNS = ("model", ">RMSE", ">MAE", ">R²", ">Pearson r", "MAE is more by")


def about_leaderboard(board: Mapping[str, Any]) -> list[str]:
    """Return what must be known to read the table of classifiers, a sentence each."""
    said = [
        f"{_capital(board['design'])}: {board['texts']:,} texts. Difference: 95 % interval of the "
        "accuracy against the saved model, in points, on the same texts.",
        f"{_capital(board['procedure'])}, is the estimate to go by: search and choice were "
        "repeated without the held-out texts.",
        "The choice is made by log-loss within the training texts: logistic regression, unless "
        "another model is better by a standard error.",
    ]
    if board["winner"] != board["saved"]:
        said.append(f"The most accurate was: {board['winner']}.")
    return said


def about_label_board(board: Mapping[str, Any]) -> list[str]:
    """Return what must be known to read the table of several labels a text, a sentence each."""
    said = [
        f"{_capital(board['design'])}: {board['texts']:,} texts. Difference: 95 % interval of the "
        "micro-F1 against the saved model, in points, on the same texts. All right: texts that got "
        "exactly their labels.",
        f"{_capital(board['procedure'])}, is the estimate to go by: search, choice and thresholds "
        "were repeated without the held-out texts.",
        "The choice is made by log-loss within the training texts: logistic regression, unless "
        "another model is better by a standard error.",
    ]
    if board["winner"] != board["saved"]:
        said.append(f"The highest micro-F1 was that of: {board['winner']}.")
    return said


def headline(results: Mapping[str, Any]) -> str:
    """Return the result in one sentence, before all figures."""
    estimate = results["estimate"]
    if estimate is None:
        return "Too few texts to hold any out: nobody knows how good this model is."
    several = results["kind"] == "multi-label"
    key = "exact" if several else "accuracy"
    board = results["leaderboard"]
    entries = {} if board is None else {one["name"]: one[key] for one in board["entries"]}
    beside = [
        f"{said} {_hundred(entries[name])}"
        for name, said in (
            ("always the most frequent label", "guessing gets"),
            ("always the most frequent set of labels", "guessing gets"),
            ("nearest label words", "the nearest word"),
            ("the labels of the nearest text", "copying the nearest text"),
        )
        if name in entries
    ]
    said = "All labels right" if several else "Right"
    return f"{said} {_hundred(estimate[key])} of 100{'; ' if beside else ''}{', '.join(beside)}."


def _hundred(share: float) -> str:
    return f"{100 * share:.0f}"


def about(results: Mapping[str, Any]) -> list[str]:
    """Return what must be known beside the table of models, a sentence each."""
    said = [] if results["test"] is None else about_test(results["test"])
    if results["kind"] == "numbers":
        return said + about_levels(results["levels"])
    if results["kind"] == "multi-label":
        said += [] if results["leaderboard"] is None else about_label_board(results["leaderboard"])
        rejected = about_rejection(results["rejection"])
        return said if rejected is None else [*said, rejected]
    if results["leaderboard"] is not None:
        said += about_leaderboard(results["leaderboard"])
    more = (
        about_rejection(results["rejection"]),
        about_suspects(results["suspects"], results["texts"]),
        None if results["curve"] is None else results["curve"]["advice"],
    )
    return said + [one for one in more if one is not None]


def about_test(test: Mapping[str, Any]) -> list[str]:
    """Return how a model did on texts that were kept apart, a sentence each."""
    texts = f"On {test['texts']:,} test texts: "
    if "accuracy" in test:
        return [
            f"{texts}{percent(test['accuracy'])} right, macro-F1 {test['macro_f1']:.3f}, log-loss "
            f"{test['log_loss']:.3f}, calibration error {percent(test['calibration_error'])}.",
            f"Sets that promise {percent(test['promised'])} contain the true label of "
            f"{percent(test['coverage'])}, with {test['set_size']:.2f} labels on average; "
            f"{percent(test['rejected'])} are called none of the labels "
            f"({percent(test['abstain'])} asked).",
        ]
    if "micro_f1" in test:
        return [
            f"{texts}micro-F1 {test['micro_f1']:.3f}, macro-F1 {test['macro_f1']:.3f}, "
            f"{percent(test['exact'])} with all labels right, log-loss {test['log_loss']:.3f}, "
            f"calibration error {percent(test['calibration_error'])}.",
            f"Sets that promise {percent(test['promised'])} of a text's labels contain "
            f"{percent(test['coverage'])}, with {test['set_size']:.2f} labels on average; "
            f"{percent(test['rejected'])} are called none of the labels "
            f"({percent(test['abstain'])} asked).",
        ]
    width = "without ends" if test["width"] is None else f"{test['width']:.4g} wide"
    return [
        f"{texts}RMSE {test['rmse']:.4g}, MAE {test['mae']:.4g}, R² {test['r2']:.3f}, Pearson r "
        f"{test['pearson']:.3f}.",
        f"Intervals that promise {percent(test['promised'])} contain the true number of "
        f"{percent(test['coverage'])}; they are {width}.",
    ]


def about_rejection(rejection: Mapping[str, Any]) -> str | None:
    """Return what is called none of the labels, None where it was not tried."""
    parts = [
        f"{percent(foreign['rejected'])} of {foreign['texts']:,} {foreign['name']}"
        for foreign in rejection["foreign"]
    ]
    if not parts:
        return None
    within = rejection["known_within"]
    if within is None:
        return "Too few texts were held out to call any text none of the labels."
    # with so few held-out texts the rate that is asked for is not the rate that comes out
    few = f" (with so few, give or take {percent(within)})" if within > DOUBTFUL else ""
    return (
        f"If {percent(rejection['abstain'])} of your own texts{few} may be called none of the "
        f"labels, so are {', '.join(parts)}."
    )


DOUBTFUL = 0.02
"""Doubt about a rate from which on it is told."""


def about_levels(levels: Mapping[str, Any] | None) -> list[str]:
    """Return how good levels are, a sentence; none where numbers are quantities."""
    if levels is None:
        return []
    low, high = levels["values"][0], levels["values"][-1]
    return [
        f"As levels {low:g} to {high:g}: {percent(levels['right'])} right, "
        f"{percent(levels['near'])} one level off at most, {levels['mae']:.3f} off on "
        f"average; always saying the median would be {levels['guessing']:.3f} off."
    ]


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
