"""Puts the verbs together."""

from __future__ import annotations

import typer

from rlvr.cli.check import check
from rlvr.cli.doctor import doctor
from rlvr.cli.eval import evaluate
from rlvr.cli.explain import explain
from rlvr.cli.list import list_names
from rlvr.cli.new import new
from rlvr.cli.rescore import rescore
from rlvr.cli.sandbox import sandbox
from rlvr.cli.serve import serve
from rlvr.cli.train import train
from rlvr.cli.verify import verify

app = typer.Typer(
    name="rlvr",
    help="Reinforcement learning from verifiable rewards. Add --debug to any verb for tracebacks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("train")(train)
app.command("eval")(evaluate)
app.command("check")(check)
app.command("verify")(verify)
app.command("rescore")(rescore)
app.command("explain")(explain)
app.command("serve")(serve)
app.command("list")(list_names)
app.command("doctor")(doctor)
app.add_typer(new, name="new")
app.add_typer(sandbox, name="sandbox")
