"""What an author of generated problems implements: `Generator`. Its rows look like any file's rows.

Generators are found by name as verifiers are: modules of `rlvr.tasks.generators`, entry points of
that name, or `path/to/file.py:Class`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import ValidationError

from rlvr.errors import UsageError
from rlvr.registry import Registry
from rlvr.tasks.options import GeneratorSource
from rlvr.tasks.row import Row
from rlvr.verifier import Model, explain


class Generator(ABC):
    """A finite problem space, enumerated the same way each time: splits and shuffles happen elsewhere.

    Every row should carry `prompt`, what the verifier's reference needs, and `solution`: the line a
    few-shot example shows.
    """

    name: ClassVar[str]
    #: What a recipe may set under `source.options`.
    Options: ClassVar[type[Model]] = Model

    def __init__(self, options: Any = None) -> None:
        self.options: Any = self.Options() if options is None else options

    @abstractmethod
    def rows(self) -> Iterable[Row]:
        """All problems, each with the key of its symmetry class."""


generators: Registry[Generator] = Registry("rlvr.tasks.generators", Generator)


def build_generator(source: GeneratorSource) -> Generator:
    """The generator a source names. `name:dataset` is short for the option `dataset`.

    Raises UsageError that names the option and the mend.
    """
    name, options = source.generator, dict(source.options)
    if ".py:" not in name and ":" in name:
        name, _, options["dataset"] = name.partition(":")
    kind = generators.get(name)
    try:
        return kind(kind.Options.model_validate(options))
    except ValidationError as error:
        raise UsageError(f"generator {name!r}: {explain(error, kind.Options)}") from None
