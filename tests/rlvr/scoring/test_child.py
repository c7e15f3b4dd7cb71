"""The worker's process under limits that somebody else has set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[2] / "data" / "misbehaving.py"
SCORE = f"""
import resource
from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))
problem = Problem("p", "", {{}}, "t", VerifierSpec({f"{FILE}:Misbehaving"!r}, {{"kind": "eat memory"}}))
with Scorer(ScoringOptions(workers=1, memory_mb=2**16)) as scorer:
    print(*(verdict.cause for verdict in scorer.score((problem, Completion(text)) for text in ("yes", "TROUBLE"))))
"""


def test_a_memory_cap_above_the_processs_own_limit_is_that_limit() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", SCORE], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["correct", "memory_limit"]
