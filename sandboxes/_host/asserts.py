"""Prepares Python tests for a judge: every assertion counted, and the calls that are sure to come foreseen.

    assert f(1) == 2        becomes        with __rlvr_guard__(7, True):
                                               assert (__rlvr_got__ := f(1)) == 2

so that an assertion that fails does not hide the rest (7 is its line, True says that a left side is
remembered). Only assertions whose failure nothing could catch are rewritten: those at the top of the
file, or of `check`, and inside their loops and conditions. All others keep Python's own meaning.

Calls whose arguments stand in the text, in assertions that are sure to run, are foreseen: the program can
answer them ahead of the judge, and if they are all there are, it can end while it is still being judged.

This is done on the host, once for all completions of a problem. It sees only tests, never a program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rlvr.sandboxes._guest import codec
from rlvr.sandboxes._host.script import Script

_GUARD, _GOT = "__rlvr_guard__", "__rlvr_got__"


@dataclass(frozen=True)
class Tests:
    """Tests as a judge takes them."""

    tests: str
    #: How many assertions were rewritten.
    count: int
    #: The text of each, by its line.
    shown: dict[str, str]
    #: Whether the tests define `check` and leave it to us to call it.
    call_check: bool
    #: Names that the tests give to something, somewhere.
    bound: list[str]
    #: What their text says that they will ask.
    script: Script
    #: Whether what they see may hang on when it happens: such tests have to wait for each answer.
    hangs_on_time: bool


@lru_cache(maxsize=256)
def prepare(source: str, callee: str) -> Tests:
    """The tests of the function `callee`. Raises SyntaxError."""
    tree = ast.parse(source, "tests.py")
    check = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    call_check = bool(check) and not _calls_check(tree)
    calls, complete = _foresee(tree, check, callee)
    foreseen = encode_calls(calls)
    script = Script.of_calls(callee, foreseen, complete and len(foreseen) == len(calls))
    bound = sorted(_bound(tree))
    hangs_on_time = not _HANG_ON_TIME.isdisjoint(_named(tree))
    rewriter = _Rewriter(re.split(r"\r\n?|\n", source))  # lines as Python counts them
    tree.body = rewriter.block(tree.body)
    for node in check:
        node.body = rewriter.block(node.body)
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
    except RecursionError:  # too deep to be written out: uncounted, but as good as ever
        return Tests(source, 0, {}, call_check, bound, script, hangs_on_time)
    return Tests(text, len(rewriter.shown), rewriter.shown, call_check, bound, script, hangs_on_time)


#: Names of modules and functions by which tests may learn when something happened, or not wait for it.
_HANG_ON_TIME = frozenset(
    "asyncio concurrent datetime fork monotonic multiprocessing perf_counter process_time psutil resource signal "
    "subprocess thread threading time timeit times _thread".split()
)


def _named(tree: ast.AST) -> set[str]:
    """Every name that is used: of variables, attributes, modules."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            parts = (part for name in [*modules, *(alias.name for alias in node.names)] for part in name.split("."))
            names.update(parts)
    return names


@lru_cache(maxsize=256)
def imported(*sources: str) -> list[str]:
    """The modules, by the first part of their names, that these texts import by a statement."""
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return sorted({name.partition(".")[0] for name in names})


def _bound(tree: ast.Module) -> set[str]:
    """Every name that is assigned, defined, captured by a pattern, or imported in a branch.

    Other imports are not among them: they fail for their own reasons.
    """
    names = {name for node in ast.walk(tree) for name in _bound_by(node)}
    branches = (node for node in ast.walk(tree) if isinstance(node, (ast.If, ast.For, ast.While, ast.Match)))
    imports = (
        node for branch in branches for node in ast.walk(branch) if isinstance(node, (ast.Import, ast.ImportFrom))
    )
    return names | {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}


def _bound_by(node: ast.AST) -> list[str]:
    """The names that this node alone gives to something."""
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    captured = node.rest if isinstance(node, ast.MatchMapping) else None
    captured = node.name if isinstance(node, (ast.MatchAs, ast.MatchStar)) else captured
    return [captured] if captured else []


def _calls_check(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
        for statement in tree.body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for node in ast.walk(statement)
    )


@dataclass
class _Rewriter:
    lines: Sequence[str]
    shown: dict[str, str] = field(default_factory=dict)

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self._statement(node) for node in body]

    def _statement(self, node: ast.stmt) -> ast.stmt:
        if isinstance(node, ast.Assert):
            return self._guarded(node)
        if isinstance(node, (ast.For, ast.While, ast.If)):
            node.body = self.block(node.body)
            node.orelse = self.block(node.orelse)
        return node

    def _guarded(self, node: ast.Assert) -> ast.stmt:
        self.shown[f"{node.lineno}:{node.col_offset}"] = self.lines[node.lineno - 1].strip()
        test = node.test
        remembers = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Call)
        if isinstance(test, ast.Compare) and remembers:
            test.left = ast.NamedExpr(ast.Name(_GOT, ast.Store()), test.left)
        place = ast.Constant(f"{node.lineno}:{node.col_offset}")
        guard = ast.Call(ast.Name(_GUARD, ast.Load()), [place, ast.Constant(remembers)], [])
        return ast.With([ast.withitem(guard, None)], [node])


# -- calls that are sure to come -------------------------------------------------------------------

#: Nothing in an assertion made of these alone is skipped or repeated.
_STRAIGHT = (
    ast.Compare, ast.Call, ast.BinOp, ast.UnaryOp, ast.Name, ast.Attribute, ast.Constant,
    ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript, ast.Slice,
    ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.keyword,
)  # fmt: skip
#: May be called around a call of the program. A function of the tests' own might call the program itself.
_HARMLESS = frozenset(
    {"abs", "bool", "dict", "float", "int", "len", "list", "max", "min", "round", "set", "sorted", "sum"}
)


def encode_calls(calls: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The arguments of each call, encoded: as many calls, from the first on, as are plain data."""
    encoded = []
    for args in calls:
        try:
            encoded.append([codec.encode(arg) for arg in args])
        except codec.Unsendable:
            break
    return encoded


def _foresee(tree: ast.Module, check: list[ast.FunctionDef], callee: str) -> tuple[list[list[Any]], bool]:
    """The arguments of each call up to the first statement that is not plain, and whether there is none."""
    calls: list[list[Any]] = []
    body, names = tree.body, {callee, "candidate"}
    if check:
        args = check[0].args.args
        rest = [node for node in tree.body if node is not check[0]]
        if len(args) != 1 or not all(map(_is_inert, rest)):
            return [], False
        body, names = check[0].body, {args[0].arg, callee, "candidate"}
    for statement in body:
        if _is_inert(statement) or _is_beside(statement, names):
            continue
        call = _only_call(statement, names)
        if call is None:
            return calls, False
        try:
            calls.append([ast.literal_eval(argument) for argument in call.args])
        except (ValueError, TypeError):
            return calls, False
    return calls, True


def _is_inert(node: ast.stmt) -> bool:
    """Whether a statement can neither call the program nor replace `check`."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(node, ast.Assign):
        target, value = node.targets[0], node.value
        plain = isinstance(value, ast.Constant) or (isinstance(value, ast.Dict) and not _calls(value))
        return isinstance(target, ast.Name) and target.id == "METADATA" and plain
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_beside(node: ast.stmt, names: set[str]) -> bool:
    """Whether it is an assertion that has nothing to do with the program, such as `assert True`."""
    asks_nothing = not _calls(node) and not _mentions(node, names) and all(map(_is_of_math, ast.walk(node)))
    return isinstance(node, ast.Assert) and asks_nothing


def _only_call(statement: ast.stmt, names: set[str]) -> ast.Call | None:
    """The one call of the program in an assertion that is sure to make it; None if it is not so simple."""
    if not isinstance(statement, ast.Assert):
        return None
    nodes = list(ast.walk(statement.test))
    if not all(isinstance(node, _STRAIGHT) and _is_of_math(node) for node in nodes):
        return None
    if statement.msg is not None and (_calls(statement.msg) or _mentions(statement.msg, names)):
        return None
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id in names]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    ours = [node for node in calls if node.func in named]
    others = [node for node in calls if node not in ours]
    chained = any(len(node.ops) > 1 for node in nodes if isinstance(node, ast.Compare))
    if len(named) != 1 or len(ours) != 1 or ours[0].keywords or chained or not all(map(_is_harmless, others)):
        return None
    return ours[0]


def _is_harmless(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) or (isinstance(call.func, ast.Name) and call.func.id in _HARMLESS)


def _is_of_math(node: ast.AST) -> bool:
    """False for an attribute of anything else: of an object of the program it is one more question to it."""
    return not isinstance(node, ast.Attribute) or (isinstance(node.value, ast.Name) and node.value.id == "math")


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, (ast.Call, ast.Await, ast.NamedExpr)) for part in ast.walk(node))


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))
