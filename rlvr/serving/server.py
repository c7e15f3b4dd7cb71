"""Starts the server: what it may bind to, its files, and how it stops.

On SIGTERM it takes no more connections, finishes the requests it has, ends its workers, and returns.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Mapping, Sequence

from rlvr.errors import EnvironmentLacks, UsageError
from rlvr.registry import build_sandbox
from rlvr.sandbox import Sandbox
from rlvr.scoring.options import ScoringOptions
from rlvr.scoring.scorer import Scorer
from rlvr.serving.offer import Offer
from rlvr.serving.options import ServingOptions

#: The environment variable that holds the key: an argument could be read by anybody who lists processes.
KEY_VARIABLE = "RLVR_SERVE_KEY"
_KEEP_ALIVE_SECONDS = 30
_CONNECTIONS = 4096


def serve(
    names: Sequence[str],
    address: tuple[str, int],
    serving: ServingOptions,
    scoring: ScoringOptions,
    say: Callable[[str], None],
) -> None:
    """Serve until told to stop. `say` gets one line once the server listens.

    Raises UsageError for an unknown verifier and for an address others can reach without a key,
    EnvironmentLacks when the extra is not installed, the address cannot be bound, or code could not be run.
    """
    key = key_from(os.environ)
    offer = Offer(names, serving.max_variants)
    check_reach(address[0], key)
    with _bound(*address) as listener:
        _run(offer, listener, key, serving, scoring, say)


def _run(
    offer: Offer,
    listener: socket.socket,
    key: str | None,
    serving: ServingOptions,
    scoring: ScoringOptions,
    say: Callable[[str], None],
) -> None:
    try:
        import uvicorn

        from rlvr.serving.app import application
        from rlvr.serving.bench import Bench
        from rlvr.serving.meters import Meters
    except ImportError as error:
        what = f"the server needs {error.name}, which is not installed."
        raise EnvironmentLacks(what, "pip install 'rlvr[serve]'") from error
    meters = Meters()
    sandbox = _sandbox_for(offer)
    # Verdicts are not kept: the clients' scorers keep them, and what is kept here is not bounded in bytes.
    bench = Bench(offer, Scorer(scoring.model_copy(update={"cache_size": 0}), sandbox), meters)

    class Server(uvicorn.Server):
        """Says where it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listener.getsockname()[:2]
            say(f"serving {', '.join(offer.names)} on http://{host}:{port}")

    _allow_files()
    config = uvicorn.Config(
        application(bench, key, serving, meters),
        http="h11",
        ws="none",
        lifespan="on",
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=serving.grace_seconds,
    )
    server = Server(config)
    # The server hands SIGTERM on once it has stopped; being told to stop is then no failure.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)


def _sandbox_for(offer: Offer) -> Sandbox | None:
    """Raises EnvironmentLacks now, not with the first request, if it could not run a job."""
    if not offer.needs_sandbox:
        return None
    sandbox = build_sandbox("docker", {})
    sandbox.run(())
    return sandbox


def key_from(environment: Mapping[str, str]) -> str | None:
    """The key, None where there is none."""
    return environment.get(KEY_VARIABLE, "").strip() or None


def check_reach(host: str, key: str | None) -> None:
    """Raise UsageError when somebody else's machine could reach this address and no key is set."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"{host!r} is no address: {error.strerror}.", "Give --host 127.0.0.1, say.") from error
    outside = [str(place[4][0]) for place in found if not ipaddress.ip_address(str(place[4][0])).is_loopback]
    if outside and key is None:
        what = f"{host} can be reached from other machines, and there is no key."
        raise UsageError(what, f"Set {KEY_VARIABLE} to a long random text, or listen on 127.0.0.1.")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    # Its protocol must be named: only then are small answers sent at once (TCP_NODELAY), and not 40 ms later.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise EnvironmentLacks(f"{host}:{port} cannot be bound: {error.strerror}.", "Give another --port.") from error
    return listener


def _allow_files() -> None:
    """As many open files as this process may have: a connection is one, and the usual 1,024 are few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * _CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
