"""`rlvr sandbox`: the state of the Docker sandbox, its image, its leftovers."""

from __future__ import annotations

from typing import Annotated

import typer

sandbox = typer.Typer(help="The Docker sandbox: status, build, prune.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="print as JSON")]
Engine = Annotated[str | None, typer.Option(help="such as unix:///run/user/1000/docker.sock; default: DOCKER_HOST")]
Packages = Annotated[list[str] | None, typer.Option("--package", help="a Python package in the image; repeatable")]


@sandbox.command("status")
def status(engine: Engine = None, package: Packages = None, json: Json = False) -> None:
    """The engine, what it cannot enforce, the image, and every sandbox container. Exit code 3 when it cannot run."""
    import sys

    from rlvr.cli.output import print_json, print_table
    from rlvr.sandboxes.docker import image, manage

    found = manage.status(engine, package or ())
    if json:
        print_json(found)
    else:
        plain = {key: value for key, value in found.items() if not isinstance(value, list)}
        print_table(("", ""), [(key, str(value)) for key, value in plain.items()])
        rows = [
            (c["id"], c["role"], c["state"], "dead" if c["owner_dead"] else c["owner"]) for c in found["containers"]
        ]
        print_table(("container", "role", "state", "owner"), rows)
        for warning in found["warnings"]:
            sys.stdout.write(f"warning: {warning}\n")
    if not found["image_present"]:
        raise image.lacking(package or (), engine)


@sandbox.command("build")
def build(
    base: Annotated[str, typer.Option(help="an image with Python 3.9 or later")] = "python:3.12-slim",
    package: Packages = None,
    engine: Engine = None,
) -> None:
    """Build the image. Without a registry: make a base first with sandboxes/docker/debootstrap.sh."""
    import sys

    from rlvr.sandboxes.docker import manage

    sys.stdout.write(manage.build(base, package or (), engine) + "\n")


@sandbox.command("prune")
def prune(
    everything: Annotated[
        bool, typer.Option("--all", help="also containers in use or of other machines, and the present image")
    ] = False,
    engine: Engine = None,
    json: Json = False,
) -> None:
    """Remove what is no longer used: containers of processes that have died, images of other versions."""
    import sys

    from rlvr.cli.output import print_json
    from rlvr.sandboxes.docker import manage

    removed = manage.prune(engine, everything)
    if json:
        print_json(removed)
    else:
        sys.stdout.write("".join(f"removed {len(names)} {kind}\n" for kind, names in removed.items()))
