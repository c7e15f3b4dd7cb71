"""`rlvr serve`: verifiers behind HTTP, for trainers on other machines and in other languages."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    names: Annotated[list[str], typer.Argument(help="the verifiers to offer; nothing else can be asked for")],
    host: Annotated[str, typer.Option(help="others than this machine need a key in RLVR_SERVE_KEY")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8000,
    limits: Annotated[list[str] | None, typer.Option(help="max_body_mb=8, max_requests=512, ...")] = None,
    scoring: Annotated[list[str] | None, typer.Option(help="workers=4, deadline_seconds=10, ...")] = None,
) -> None:
    """Judge completions sent to POST /verify; GET /openapi.json describes it. Stops gracefully on SIGTERM."""
    from pydantic import ValidationError

    from rlvr.errors import UsageError
    from rlvr.progress import Display
    from rlvr.scoring.options import ScoringOptions
    from rlvr.serving.options import ServingOptions
    from rlvr.serving.server import serve as run
    from rlvr.verifier import Model, explain
    from rlvr.verify_file import parse_options

    def read(kind: type[Model], pairs: list[str] | None, flag: str) -> Model:
        try:
            return kind.model_validate(parse_options(pairs or ()))
        except ValidationError as error:
            raise UsageError(f"{flag}: {explain(error, kind)}") from None

    serving = read(ServingOptions, limits, "--limits")
    judging = read(ScoringOptions, scoring, "--scoring")
    assert isinstance(serving, ServingOptions) and isinstance(judging, ScoringOptions)
    run(names, (host, port), serving, judging, Display().say)
