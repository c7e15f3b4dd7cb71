"""`rlvr doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def doctor(json: Annotated[bool, typer.Option("--json", help="print as JSON")] = False) -> None:
    """Check versions, devices, the model cache and the Docker engine. Exit code 3 when a must is missing."""
    from dataclasses import asdict

    from rlvr.cli.output import print_json, print_table
    from rlvr.doctor import examine
    from rlvr.finding import exit_code

    findings = examine()
    if json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_table(("", "what", "found", "mend"), [(f.state.value, f.what, f.found, f.mend) for f in findings])
    sys.exit(exit_code(findings))
