"""The routes: what each request means, and what it gets back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rlvr.errors import NoVerdict, UsageError
from rlvr.integrations.judge import Gold
from rlvr.integrations.openrlhf import answer_in, remote_form
from rlvr.problem import Problem
from rlvr.registry import build_verifier
from rlvr.serving.bench import Bench
from rlvr.serving.gate import Gate
from rlvr.serving.meters import Meters
from rlvr.serving.openapi import description
from rlvr.serving.options import ServingOptions
from rlvr.serving.rows import Batch, Judged, Queries
from rlvr.verifier import Model, explain

#: A message may quote what it is about.
_LONGEST_REASON = 2000
M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Routes:
    """One method a route; their names are the `route` label of the metrics."""

    def __init__(self, bench: Bench, meters: Meters) -> None:
        self._bench = bench
        self._meters = meters

    async def verify(self, request: Request) -> Response:
        """A verdict a row, in order. A row that names no offered verifier refuses the whole batch."""
        batch = await _parsed(request, Batch)
        pairs = []
        for number, row in enumerate(batch.rows):
            try:
                pairs.append(row.pair(await self._bench.spec(row.verifier, row.options)))
            except UsageError as error:
                raise HTTPException(422, f"row {number}: {error}") from None
        names = [row.verifier for row in batch.rows]
        verdicts = await self._while_there(request, lambda wanted: self._bench.judge(names, pairs, wanted))
        if verdicts is None:
            return Response(status_code=499)
        return JSONResponse({"verdicts": [Judged.of(verdict) for verdict in verdicts]})

    async def openrlhf(self, request: Request) -> Response:
        """OpenRLHF's remote reward model. Where a verdict is ERROR there is no reward, and the status is 503."""
        queries = await _parsed(request, Queries)
        name = request.path_params["verifier"]
        gold = Gold(request.query_params.get("field", ""), request.query_params.get("extract", ""))
        try:
            spec = await self._bench.spec(name, {})
            verifier = build_verifier(spec)
            pairs = [
                (Problem("", prompt, gold.reference(label, verifier), "serve", spec), answer_in(query, prompt))
                for query, prompt, label in zip(queries.query, queries.prompts, queries.labels, strict=True)
            ]
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        judged = await self._while_there(request, lambda wanted: self._bench.judge([name] * len(pairs), pairs, wanted))
        if judged is None:
            return Response(status_code=499)
        try:
            return JSONResponse(remote_form(judged))
        except NoVerdict as error:
            raise HTTPException(503, str(error), {"Retry-After": "1"}) from None

    async def health(self, request: Request) -> Response:
        """That requests are taken: a server told to stop no longer listens."""
        return JSONResponse({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus text."""
        return PlainTextResponse(self._meters.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(self, request: Request) -> Response:
        """This API's description."""
        return JSONResponse(description(self._bench.offer.names))

    async def _while_there(
        self, request: Request, work: Callable[[Callable[[], bool]], Coroutine[Any, Any, T]]
    ) -> T | None:
        """Do the work; told through `wanted` once the client has left."""
        leaving = asyncio.create_task(_disconnected(request))
        try:
            result = await work(lambda: not leaving.done())
        finally:
            left = leaving.done()
            leaving.cancel()
        if left:
            self._meters.count("hangups_total")
        return None if left else result


def application(bench: Bench, key: str | None, options: ServingOptions, meters: Meters) -> Gate:
    """The whole of it. The bench is closed when the server ends."""
    routes = Routes(bench, meters)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.get_running_loop().run_in_executor(None, bench.close)

    table = [
        Route("/verify", routes.verify, methods=["POST"]),
        Route("/openrlhf/{verifier}", routes.openrlhf, methods=["POST"]),
        Route("/health", routes.health, methods=["GET"]),
        Route("/metrics", routes.metrics, methods=["GET"]),
        Route("/openapi.json", routes.openapi, methods=["GET"]),
    ]
    app = Starlette(routes=table, lifespan=lifespan, exception_handlers={HTTPException: _refuse})
    return Gate(app, key, options, meters)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail[:_LONGEST_REASON]}, error.status_code, error.headers)


async def _parsed(request: Request, model: type[M]) -> M:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, explain(error, model)) from None


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
