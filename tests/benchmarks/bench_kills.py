"""Kills a small training run again and again, resumes it, and compares with the run that nothing stopped.

    python tests/benchmarks/bench_kills.py [--kills 25] [--in-checkpoint 10] [--full-disk 5]

A random model of two layers, a verifier whose verdicts hang on the text alone, and a recipe that uses
everything that has state: PPO with a critic, several updates a rollout, dropout, validation that selects.
Each kill is SIGKILL to a process of its own: at a random instant, in the middle of writing a checkpoint,
or after the disk (a small tmpfs, which needs root) has run full. After each, `run.sqlite` must open and
be sound; after resuming, the adapter must be the same to the byte. Exit code 1 when one is not.
"""

from __future__ import annotations

import argparse
import os
import random
import runpy
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from rlvr import disk
from rlvr.errors import RlvrError
from rlvr.progress import Display
from rlvr.recipe import Recipe
from rlvr.recipe_file import parse
from rlvr.run_folder import RunFolder
from rlvr.runtime import load_tasks, open_runtime
from rlvr.store import SqliteStore
from rlvr.tasks.mix import ProblemStream
from rlvr.trainer import Trainer

ROOT = Path(__file__).parents[2]


def make_recipe(model: Path, runs: Path) -> Recipe:
    """Everything with state, in six steps."""
    task = {
        "name": "sums",
        "source": {"generator": "sums"},
        "format": "text",
        "verifier": {"name": f"{ROOT / 'tests/data/low_bytes.py'}:LowBytes"},
        "splits": {"validation": 4, "test": 4},
    }
    return parse(
        {
            "name": "killed",
            "model": {"name": str(model), "dtype": "float32", "device": "cpu"},
            "lora": {"r": 4, "lora_dropout": 0.1},
            "tasks": [task],
            "algorithm": {"name": "ppo", "num_generations": 4, "prompts_per_step": 4, "num_mini_batches": 2},
            "sampling": {"max_completion_length": 8},
            "train": {"max_steps": 7, "save_steps": 1, "learning_rate": 1e-2, "threads": 1},
            "eval": {"every": 3, "samples": 2, "k": [1], "temperatures": []},
            "track": {"dir": str(runs)},
        },
        "kills",
    )


def train(recipe: Recipe, run: RunFolder, resume: bool) -> None:
    """What `rlvr train` does between loading and comparing."""
    display = Display()
    tasks = load_tasks(recipe, display)
    with open_runtime(recipe, tasks, display) as runtime:
        store = SqliteStore(run.store_path)
        trainer = Trainer(runtime, run, ProblemStream(tasks, recipe.seed, recipe.curriculum.rest), store)
        if resume:
            trainer.resume()
        trainer.train()
        store.close()


def in_child(work: Callable[[], None]) -> int:
    """The process id of a fork that does the work quietly and exits with 0, or with 3 after one of our errors."""
    child = os.fork()
    if child:
        return child
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    code = 70
    try:
        work()
        code = 0
    except RlvrError:
        code = 3
    finally:
        os._exit(code)


def wait(child: int) -> int:
    """The child's exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_at_random(recipe: Recipe, run: RunFolder, rng: random.Random, seconds: float) -> None:
    """SIGKILL somewhere in the run, start included."""
    child = in_child(lambda: train(recipe, run, resume=False))
    time.sleep(rng.uniform(0.02, 1.05) * seconds)
    os.kill(child, signal.SIGKILL)
    wait(child)


def kill_in_checkpoint(recipe: Recipe, run: RunFolder, rng: random.Random, _: float) -> None:
    """SIGKILL between two of the writes that make a checkpoint, an adapter or a result."""
    flushes = rng.randrange(1, 25)
    plain = disk.flush

    def flush(path: Path) -> None:
        nonlocal flushes
        flushes -= 1
        if not flushes:
            os.kill(os.getpid(), signal.SIGKILL)
        plain(path)

    def work() -> None:
        disk.flush = flush
        train(recipe, run, resume=False)

    if wait(in_child(work)) != -signal.SIGKILL:
        raise SystemExit("the kill in a checkpoint did not happen")


def fill_disk(recipe: Recipe, run: RunFolder, rng: random.Random, size: float) -> None:
    """A file leaves less of the small file system than a run's `size`; it must stop with our own error."""
    free = shutil.disk_usage(run.path).free
    ballast = run.path.parent / "ballast"
    ballast.write_bytes(bytes(free - int(rng.uniform(0.1, 0.9) * size)))
    code = wait(in_child(lambda: train(recipe, run, resume=False)))
    ballast.unlink()
    if code != 3:
        raise SystemExit(f"a full disk ended the run with {code}, not with a message")


def sound(run: RunFolder) -> bool:
    """Whether the run's database can be read right now."""
    if not run.store_path.is_file():
        return True
    with sqlite3.connect(f"file:{run.store_path}?mode=ro", uri=True) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def adapter(run: RunFolder) -> bytes:
    """The trained adapter."""
    return (run.adapter / "adapter_model.safetensors").read_bytes()


def tiny_model(folder: Path) -> Path:
    """The random model of the tests."""

    class Factory:
        @staticmethod
        def mktemp(_: str) -> Path:
            return folder

    conftest = runpy.run_path(str(ROOT / "tests" / "conftest.py"))
    model: Path = conftest["tiny_model"].__wrapped__(Factory())
    return model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--in-checkpoint", type=int, default=10)
    parser.add_argument("--full-disk", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)  # before the first fork: a child of a process with threads of its own would hang
    rng = random.Random(options.seed)
    ways = [kill_at_random] * options.kills + [kill_in_checkpoint] * options.in_checkpoint
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        recipe = make_recipe(tiny_model(folder), folder / "runs")
        whole = RunFolder.create(recipe)
        started = time.perf_counter()
        assert wait(in_child(lambda: train(recipe, whole, resume=False))) == 0
        seconds = time.perf_counter() - started
        bad = sum(not survives(recipe, way, rng, seconds, adapter(whole)) for way in ways)
        if options.full_disk:
            bad += on_small_disk(folder, options.full_disk, recipe, rng, whole)
    print(f"{len(ways) + options.full_disk} stops, {bad} runs that did not end as the one that nothing stopped")
    return bool(bad)


def on_small_disk(folder: Path, count: int, recipe: Recipe, rng: random.Random, whole: RunFolder) -> int:
    """Runs whose file system fills up; how many did not survive it."""
    size = sum(path.stat().st_size for path in whole.path.rglob("*"))
    mount = folder / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(mount)], check=True)
    try:
        small = recipe.model_copy(update={"track": recipe.track.model_copy(update={"dir": str(mount)})})
        return sum(not survives(small, fill_disk, rng, size, adapter(whole)) for _ in range(count))
    finally:
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


def survives(recipe: Recipe, way: Callable[..., None], rng: random.Random, scale: float, expected: bytes) -> bool:
    """Stop one run, look at its database, resume it, compare. `scale` is what a whole run takes: seconds, or bytes."""
    run = RunFolder.create(recipe)
    way(recipe, run, rng, scale)
    readable = sound(run)
    at = sorted(path.name for path in run.checkpoints.glob("step-*"))
    code = wait(in_child(lambda: train(recipe, run, resume=True)))
    same = code == 0 and adapter(run) == expected and sound(run)
    print(f"{way.__name__:20} after {at[-1] if at else 'nothing':12} readable {readable}, resumed to the byte {same}")
    shutil.rmtree(run.path)
    return readable and same


if __name__ == "__main__":
    sys.exit(main())
