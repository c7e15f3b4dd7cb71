"""Rewrites tests so that every assertion is counted and one that fails does not hide the rest.

Only assertions whose failure nothing could catch are rewritten: those at the top of the file, or of
`check`, and inside their loops and conditions. All others keep Python's own meaning.

    assert f(1) == 2, "text"        becomes        try:
                                                       assert (got := f(1)) == 2, "text"
                                                       held()
                                                   except Exception as error:
                                                       failed(error, line, locals())
"""

from __future__ import annotations

import ast

HELD, FAILED, GOT = "__rlvr_held__", "__rlvr_failed__", "__rlvr_got__"


def instrument(source: str) -> tuple[ast.Module, int]:
    """The rewritten tests and how many assertions were rewritten. Raises SyntaxError."""
    tree = ast.parse(source, "tests.py")
    counter = _Rewriter()
    tree.body = counter.block(tree.body)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            node.body = counter.block(node.body)
    return ast.fix_missing_locations(tree), counter.count


def calls_check(tree: ast.Module) -> bool:
    """Whether the tests call `check` themselves, at the top of the file."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
        for statement in tree.body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for node in ast.walk(statement)
    )


class _Rewriter:
    def __init__(self) -> None:
        self.count = 0

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [self._statement(node) for node in body]

    def _statement(self, node: ast.stmt) -> ast.stmt:
        if isinstance(node, ast.Assert):
            return self._guard(node)
        if isinstance(node, (ast.For, ast.While, ast.If)):
            node.body = self.block(node.body)
            node.orelse = self.block(node.orelse)
        return node

    def _guard(self, node: ast.Assert) -> ast.stmt:
        self.count += 1
        line = node.lineno
        seen = _call_locals() if _remember_left_side(node) else ast.Constant(None)
        handler = ast.ExceptHandler(
            ast.Name("Exception", ast.Load()),
            "__rlvr_error__",
            [_call(FAILED, ast.Name("__rlvr_error__", ast.Load()), ast.Constant(line), seen)],
        )
        guarded = ast.Try([node, _call(HELD)], [handler], [], [])
        return ast.copy_location(guarded, node)


def _remember_left_side(node: ast.Assert) -> bool:
    """Make `assert f(x) == b` keep the value of `f(x)`, to be shown when it differs. True if it now does."""
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Call):
        test.left = ast.NamedExpr(ast.Name(GOT, ast.Store()), test.left)
        return True
    return False


def _call(name: str, *args: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(ast.Name(name, ast.Load()), list(args), []))


def _call_locals() -> ast.expr:
    return ast.Call(ast.Name("locals", ast.Load()), [], [])


