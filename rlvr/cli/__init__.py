"""The command line: one file a verb. Nothing heavy is imported before a verb runs.

Exit codes: 0 done, 1 a check failed or a result is incomplete, 2 wrong usage or recipe, 3 the
environment lacks something, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

from rlvr.cli.app import app
from rlvr.errors import RlvrError


def main() -> None:
    """Run the command line. Tracebacks only with --debug (or RLVR_DEBUG=1)."""
    if "--debug" in sys.argv:
        sys.argv.remove("--debug")
        os.environ["RLVR_DEBUG"] = "1"
    try:
        app()
    except RlvrError as error:
        if os.environ.get("RLVR_DEBUG"):
            raise
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
