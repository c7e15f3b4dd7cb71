"""What a recipe may say of a task: the typed form of one entry under `tasks`.

    tasks:
      - name: gsm8k
        source: {hub: openai/gsm8k, config: main, split: train, revision: e53f048}
        fields: {extract: {answer: gsm8k}}
        prompt: |
          {{ prompt }}
          Reason step by step, then put the final answer in \\boxed{}.
        verifier: {name: math}
        splits: {validation: 200, test: test}

Only the shape is checked here, and nothing heavy is imported; `load_task` reads the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictFloat,
    StrictInt,
    Tag,
    field_validator,
    model_validator,
)
from typing_extensions import TypeAliasType

from rlvr.errors import close
from rlvr.problem import VerifierSpec
from rlvr.verifier import Model


class HubSource(Model):
    """A dataset of the Hugging Face hub. Pin `revision` (a commit), so that the data cannot change."""

    hub: str
    config: str | None = None
    split: str = "train"
    revision: str | None = None

    def describe(self, part: str | None = None) -> str:
        """The source, or another split of it, in a message."""
        config = f"/{self.config}" if self.config else ""
        revision = f" at {self.revision}" if self.revision else ""
        return f"{self.hub}{config}, split {part or self.split}{revision}"


class FileSource(Model):
    """A local .jsonl, .json (a list of objects), .parquet or .csv file."""

    file: str

    def describe(self, part: str | None = None) -> str:
        """The file, or another one in its place, in a message."""
        return part or self.file


class GeneratorSource(Model):
    """Rows made by a program: one of `rlvr.tasks.generators`, such as `vars` or `reasoning_gym:chain_sum`."""

    generator: str
    options: dict[str, Any] = Field(default_factory=dict)

    def describe(self, part: str | None = None) -> str:
        """The generator in a message; it has no parts."""
        return f"generator {self.generator}"


_SOURCES: Mapping[str, type[Model]] = {"hub": HubSource, "file": FileSource, "generator": GeneratorSource}


def _kind_of_source(value: Any) -> str | None:
    if isinstance(value, Model):
        return next((kind for kind, model in _SOURCES.items() if isinstance(value, model)), None)
    given = [kind for kind in _SOURCES if kind in value] if isinstance(value, Mapping) else []
    return given[0] if len(given) == 1 else None


def _of_one_kind(value: Any) -> Any:
    """Refuse what does not say which source it is. Raises ValueError."""
    if _kind_of_source(value) is not None:
        return value
    what = f"a source has exactly one of the keys {', '.join(_SOURCES)}"
    if not isinstance(value, Mapping):
        raise ValueError(f"{what}; write `{{file: rows.jsonl}}`, say")
    meant = [kind for key in value if key not in _SOURCES and (kind := close(str(key), _SOURCES))]
    raise ValueError(f"{what}. Did you mean {meant[0]!r}?" if meant else what)


Source = Annotated[
    Annotated[HubSource, Tag("hub")]
    | Annotated[FileSource, Tag("file")]
    | Annotated[GeneratorSource, Tag("generator")],
    Discriminator(_kind_of_source),
    BeforeValidator(_of_one_kind),
]

#: Reference key to column (dotted path); one level deeper for each composite verifier.
ReferenceColumns = TypeAliasType("ReferenceColumns", "dict[str, str | ReferenceColumns]")


#: Ways to cut an answer out of longer text that have a name (`rlvr.tasks.gold`).
EXTRACTORS = ("gsm8k", "boxed", "json")


class Fields(Model):
    """Which column is what. A column may be a dotted path: `reward_model.ground_truth`, `choices.0`.

    What is not said is looked for under the names the ecosystem uses (`rlvr.tasks.columns`).
    `extract` cuts a reference's value out of longer text: `gsm8k` (the number after `####`),
    `boxed` (the last `\\boxed{}`), or a regular expression (its first group, or all of it; the last
    match counts). `json` parses a column that holds JSON as text. A row in which nothing matches is an
    error.
    """

    prompt: str | None = None
    reference: ReferenceColumns | None = None
    id: str | None = None
    extract: dict[str, str] = Field(default_factory=dict)

    @field_validator("extract")
    @classmethod
    def _patterns(cls, extract: dict[str, str]) -> dict[str, str]:
        for pattern in extract.values():
            if pattern in EXTRACTORS:
                continue
            # A word is an expression too, but one that finds itself and nothing else.
            if re.fullmatch(r"[\w-]+", pattern) and (meant := close(pattern.lower(), EXTRACTORS)):
                raise ValueError(f"{pattern!r} would find that very word only. Did you mean {meant!r}?")
            try:
                re.compile(pattern)
            except re.error as error:
                what = f"{pattern!r} is none of {', '.join(EXTRACTORS)}, and no regular expression: {error}"
                raise ValueError(what) from None
        return extract


class Shot(BaseModel):
    """One few-shot example written out in the recipe, with any further columns the template uses."""

    model_config = ConfigDict(extra="allow", frozen=True)

    prompt: str
    solution: str


#: A number of problems; a share of the source's rows; or the name of another part of the source
#: (a split of the hub's dataset, a second file), which is then used whole.
Part = StrictInt | StrictFloat | str


class Splits(Model):
    """How the source's problems are divided. `train: rest` takes what validation and test leave over.

    An integer is a number of problems, a fraction between 0 and 1 a share, a name another part of the
    source. For a benchmark that is never trained on: `{train: 0, test: rest}`.
    """

    train: Annotated[Part, Field(union_mode="left_to_right")] = "rest"
    validation: Annotated[Part, Field(union_mode="left_to_right")] = 0
    test: Annotated[Part, Field(union_mode="left_to_right")] = 0

    @field_validator("train", "validation", "test")
    @classmethod
    def _in_range(cls, part: int | float | str) -> int | float | str:
        if isinstance(part, int) and part < 0:
            raise ValueError("a number of problems cannot be negative")
        if isinstance(part, float) and not 0 < part < 1:
            raise ValueError("a share lies between 0 and 1; `rest` takes all that is left")
        return part

    @model_validator(mode="after")
    def _one_rest(self) -> Splits:
        if [self.train, self.validation, self.test].count("rest") > 1:
            raise ValueError("only one split can take the `rest`")
        return self


class VerifierOptions(Model):
    """Which verifier judges, and its own options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def spec(self) -> VerifierSpec:
        """How to build it."""
        return VerifierSpec(self.name, self.options)


class TaskOptions(Model):
    """One task.

    `prompt` is a jinja2 template over the row's columns; `prompt` in it is the row's prompt column.
    `format: chat` asks in messages (with `system` first), `format: text` in plain text for a base
    model or few-shot prompting. `examples` shows that many training rows with their solutions, which
    are then used for nothing else, or those written out. `weight` is the task's share of the training
    batches; 0 keeps it for evaluation only.
    """

    name: str = Field(min_length=1)
    source: Source
    fields: Fields = Fields()
    prompt: str = "{{ prompt }}"
    system: str = ""
    format: Literal["chat", "text"] = "chat"
    examples: Annotated[StrictInt, Field(ge=0)] | list[Shot] = 0
    verifier: VerifierOptions
    splits: Splits = Splits()
    weight: float = Field(default=1.0, ge=0)
