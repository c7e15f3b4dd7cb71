"""`rlvr serve`: verifiers behind HTTP.

    Gate (keys, sizes, how many at once) -> app (routes) -> Bench (rows to verdicts) -> rlvr.scoring

Rows are judged exactly as in a run, by the same scorer. What may be asked for is fixed when the server
starts: a request names an offered verifier and can name nothing else, no file and no module.
"""
