"""The bodies of the requests and answers of a labelling session."""

from pydantic import Field

from likewise.server.http.body import Answer, Body


class LabelRequest(Body):
    """The label of a text."""

    row: int = Field(ge=0, description="The row that was asked for.")
    label: str = Field(max_length=200, description="Its label, not blank.")


class SkipRequest(Body):
    """A text that is not to be asked for again."""

    row: int = Field(ge=0, description="The row that was asked for.")


class UndoRequest(Body):
    """Nothing: the last answer is taken back."""


class LabelChance(Answer):
    """A label and how likely the model finds it."""

    label: str
    probability: float


class NextText(Answer):
    """The text whose label would teach most."""

    row: int
    text: str
    chances: list[LabelChance]


class LastAnswer(Answer):
    """The answer that can be taken back."""

    row: int
    text: str
    label: str


class LabellingAnswer(Answer):
    """How far a labelling session is, and which text is next."""

    name: str = Field(description="The file's name.")
    texts: int
    labelled: int
    labels: list[str] = Field(description="Those to choose from; others may come.")
    next: NextText | None = Field(description="Null when every text is labelled or skipped.")
    last: LastAnswer | None
