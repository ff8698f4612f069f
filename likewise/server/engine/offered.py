"""What a server is told to offer: judged when it starts, not when somebody asks for it."""

from collections.abc import Iterable

from likewise.encoders.base import Encoder
from likewise.encoders.names import source_of
from likewise.errors import InvalidOption, LikewiseError, lower_first, shown_setting
from likewise.settings import Settings

PROMPT = "#"
"""`name#prompt`: an encoder with a prompt before each text; an identity of its own.

What the model itself declares goes by that name without a word of the operator."""


def offered(settings: Settings, ready: Encoder | None) -> tuple[str, ...]:
    """Return the names of the encoders that are offered, the default first.

    Args:
        settings: name them, and what else is said of them.
        ready: one that is made already and is the default.

    Raises:
        InvalidOption: a name is that of nothing, the folder that models are searched in first is
            not there, or another setting is about an encoder that is not offered.
    """
    if settings.models is not None and not settings.models.is_dir():
        raise InvalidOption(
            f"LIKEWISE_MODELS can't be {shown_setting(settings.models)}: there is no such folder.",
            "Name the folder that holds the folders of models, or unset it.",
            param="LIKEWISE_MODELS",
        )
    if ready is None:
        _check("ENCODER", settings.encoder, settings)
    default = settings.encoder if ready is None else ready.identity.name
    for name in settings.encoders:
        if name != default:
            _check("ENCODERS", name, settings)
    names = tuple(dict.fromkeys([default, *settings.encoders]))
    _check_among(names, "MATRYOSHKA", settings.matryoshka)
    _check_among(names, "ALIASES", settings.aliases.values())
    return names


def without_prompt(name: str) -> str:
    """Return the name of the encoder itself."""
    base, mark, _ = name.rpartition(PROMPT)
    return base if mark else name


def _check(setting: str, name: str, settings: Settings) -> None:
    """See whether there can be an encoder of that name; no model is opened, and nobody asked."""
    base = without_prompt(name)
    try:
        if source_of(base).kind == "provider":
            # heavy: imports the HTTP client
            from likewise.encoders.remote.encoder import address_of

            address_of(base, settings)
    except LikewiseError as error:
        raise InvalidOption(
            f"LIKEWISE_{setting} can't be {shown_setting(name)}: {lower_first(error.problem)}",
            error.remedy,
            param=f"LIKEWISE_{setting}",
        ) from None


def _check_among(offers: tuple[str, ...], setting: str, names: Iterable[str]) -> None:
    for name in names:
        # which prompts a model declares is known when it is loaded
        if name not in offers and without_prompt(name) not in offers:
            named = ", ".join(map(shown_setting, offers))
            raise InvalidOption(
                f"LIKEWISE_{setting} names {shown_setting(name)}, which is not offered here.",
                f"Offer it in LIKEWISE_ENCODERS, or name one of {named}.",
                param=f"LIKEWISE_{setting}",
            )
