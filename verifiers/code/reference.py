"""What a row must carry to be judged by running: four styles of tests.

asserts     Python tests that call the program: MBPP's assert lists, HumanEval's `check(candidate)`
functions   calls of a function, and the values they must return
stdio       inputs of a program, and the output they must give
pytest      a pytest file that imports the program as `solution`; only with `trust: same-process`
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from rlvr.verdict import Json
from rlvr.verifier import Model

#: Style: keys it must have, keys it may have.
_KEYS: Mapping[str, tuple[set[str], set[str]]] = {
    "asserts": ({"tests", "entry_point"}, {"imports", "trust"}),
    "functions": ({"cases", "entry_point"}, {"tolerance"}),
    "stdio": ({"cases"}, {"tolerance"}),
    "pytest": ({"tests", "trust"}, set()),
}
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Call(Model):
    """`functions`: the arguments of a call and what it must return, as JSON values."""

    args: list[Any]
    expected: Any


class Exchange(Model):
    """`stdio`: an input and the output it must give."""

    stdin: str
    stdout: str


class Reference(Model):
    """The tests of one problem.

    `tests`: Python text, or a list of statements. If it defines `check` and does not call it, it is called
    with the program's function. `entry_point`: what the tests may call, a function, a class, or a method
    such as `Solution.add`; `asserts` may name several. `imports`: code that runs before the tests, such as
    helper functions; of it the program is given the import statements and nothing else.
    `cases`: for `functions` a returned tuple equals a list, and True is not 1; for `stdio` output is
    compared token by token, as bytes. `tolerance`: numbers may differ by so much, absolutely or relative
    to the expected one. `trust: same-process`: the tests cannot be proxied, so they run in the process of
    the program, which can fake their verdict.
    """

    style: Literal["asserts", "functions", "stdio", "pytest"]
    tests: str = ""
    entry_point: str | list[str] = ""
    imports: str = ""
    cases: list[Call | Exchange] = Field(default_factory=list)
    tolerance: float = Field(0.0, ge=0.0)
    trust: Literal["isolated", "same-process"] = "isolated"

    @field_validator("tests", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return "\n".join(value) if is_list else value

    @field_validator("tests", "imports")
    @classmethod
    def _is_python(cls, value: str) -> str:
        try:
            ast.parse(value)
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise ValueError(f"is not Python: {error}") from None
        return value

    @field_validator("entry_point")
    @classmethod
    def _is_name(cls, value: str | list[str]) -> str | list[str]:
        names = [value] if isinstance(value, str) else value
        if not names or not all(_NAME.fullmatch(name) for name in names):
            raise ValueError("is no name in Python, nor a list of them")
        return value

    @model_validator(mode="after")
    def _fits_style(self) -> Reference:
        must, may = _KEYS[self.style]
        given = self.model_fields_set - {"style"}
        if missing := must - given:
            raise ValueError(f"style {self.style!r} needs {_listed(missing)}")
        if extra := given - must - may:
            raise ValueError(f"style {self.style!r} has no {_listed(extra)}")
        if self.style == "pytest" and self.trust != "same-process":
            raise ValueError("a pytest file cannot be judged apart from the program; say trust: same-process")
        if self.style == "functions" and not isinstance(self.entry_point, str):
            raise ValueError("style 'functions' calls one function")
        if (
            self.style == "asserts"
            and self.trust == "isolated"
            and (name := _evaluates(self.imports) or _evaluates(self.tests))
        ):
            raise ValueError(
                f"the tests call {name!r}: a program could return what runs where it is judged; say trust: same-process"
            )
        kind = Exchange if self.style == "stdio" else Call
        if "cases" in must and not (self.cases and all(isinstance(case, kind) for case in self.cases)):
            keys = " and ".join(kind.model_fields)
            raise ValueError(f"style {self.style!r} needs cases, each with {keys}")
        if "tests" in must and not self.tests.strip():
            raise ValueError("there are no tests")
        return self

    def tests_of_job(self) -> dict[str, Json]:
        """The part a sandbox needs, as plain data."""
        return {key: value for key, value in self.model_dump().items() if key in self.model_fields_set - {"style"}}


_EVALUATORS = {"eval", "exec"}
#: Modules whose `load` and `loads` run what they read.
_PICKLES = {"pickle", "_pickle", "cPickle", "marshal", "dill", "cloudpickle", "shelve", "joblib"}


def _evaluates(tests: str) -> str | None:
    """What the tests use that runs a text or an object; not where it runs text of their own."""
    tree = ast.parse(tests)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    own = {id(call.func) for call in calls if all(isinstance(arg, ast.Constant) for arg in call.args)}
    for node in ast.walk(tree):
        if id(node) not in own and _is_evaluator(node):
            return ast.unparse(node)
    return None


def _is_evaluator(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _EVALUATORS and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        of_pickle = node.module in _PICKLES and bool(names & {"load", "loads"})
        return of_pickle or (node.module == "builtins" and bool(names & _EVALUATORS))
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    of_builtins = node.value.id in ("builtins", "__builtins__") and node.attr in _EVALUATORS
    return of_builtins or (node.value.id in _PICKLES and node.attr in ("load", "loads"))


def _listed(keys: set[str]) -> str:
    return " and ".join(repr(key) for key in sorted(keys))
