"""Turns completions into verdicts: warm workers, deadlines, blame, a cache.

    Scorer.submit -> cache -> Pool (one a verifier) -> Worker -> child process -> Verifier.verify

Everything that reads a completion happens in the child process. What a verifier does there (raise,
hang, crash, eat memory) is classified in one place, `rlvr.scoring.pool`.
"""
