"""Judges right answers, junk and code on every data set of reasoning-gym, under an audit hook.

Run as a script by `tests/verifiers/test_reasoning_gym.py`; prints one JSON object. The hook cannot be
taken out again, hence a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import reasoning_gym
from reasoning_gym.factory import DATASETS
from reasoning_gym.games.rush_hour import Board

from rlvr.problem import Completion, Problem, VerifierSpec
from rlvr.registry import build_verifier

#: Smaller problems where the usual ones take seconds to make.
EASY: dict[str, dict[str, Any]] = {
    "sokoban": {"min_boxes": 2, "max_boxes": 2, "min_w": 6, "max_w": 6, "min_h": 6, "max_h": 6},
    "rush_hour": {"min_moves": 1, "max_moves": 12},
    "futoshiki": {"min_board_size": 4, "max_board_size": 4},
}
JUNK = ("", "None", " ", ".", "I do not know", "nan", "[]", "{}", "()", "[[]]", "move(", "banana split", "\ud800")
CODE = "__import__('os').getcwd()"
PAYLOADS = (
    CODE,
    f"[{CODE}]",
    f"[[{CODE}]]",
    f"({CODE} or 24)",
    f"1 + {CODE}",
    f"['{{}}'.format({CODE})]",
    f"C + {CODE}",
)


def entry_of(name: str) -> dict[str, Any]:
    """The first entry, as it is once it has been written down."""
    options = dict(EASY.get(name, {}))
    if name == "composite":
        from reasoning_gym.composite import DatasetSpec

        options = {"datasets": [DatasetSpec("chain_sum", 1, {}), DatasetSpec("gcd", 1, {})]}
    entry = reasoning_gym.create_dataset(name, size=1, seed=5, **options)[0]
    plain: dict[str, Any] = json.loads(json.dumps(entry))
    return plain


def gold_of(name: str, entry: dict[str, Any]) -> str:
    """The stored answer, the example in the metadata, or a solution made here."""
    metadata = entry["metadata"]
    if name == "boxnet":
        return carry_boxes(metadata["initial_state"])
    if name == "rush_hour":
        return drive_out(metadata["board_config"])
    if name == "graph_color":
        return json.dumps(metadata["possible_answer"])
    stored = entry["answer"] or metadata.get("example_answer") or metadata.get("example_correct_answer")
    assert isinstance(stored, str), name
    return stored


def carry_boxes(state: dict[str, list[str]]) -> str:
    """Every box to its target, one step at a time."""
    steps = []
    for place, items in state.items():
        for box in [item for item in items if item.startswith("box_")]:
            target = "target_" + box[4:]
            here = [float(part) for part in place.split("_")]
            goal = next([float(x) for x in other.split("_")] for other, held in state.items() if target in held)
            for axis in (0, 1):
                while here[axis] != goal[axis]:
                    start = f"Agent[{here[0]}, {here[1]}]"
                    here[axis] += 1 if goal[axis] > here[axis] else -1
                    steps.append({start: f"move({box}, square[{here[0]}, {here[1]}])"})
            steps.append({f"Agent[{here[0]}, {here[1]}]": f"move({box}, {target})"})
    return json.dumps(steps)


def drive_out(config: str) -> str:
    """A shortest solution, breadth first."""
    seen, queue = {str(Board(config))}, [""]
    letters = [chr(ord("A") + number) for number in range(len(set(re.findall("[A-Z]", config))))]  # as the board shows
    for path in queue:
        for letter in letters:
            for sign in "+-":
                board, moves = Board(config), f"{path} {letter}{sign}1".strip()
                board.perform_moves(moves)
                if board.solved:
                    return moves
                if str(board) not in seen:
                    seen.add(str(board))
                    queue.append(moves)
    raise AssertionError("there is no solution")


class Tripwire:
    """Records text that was compiled, and code from nowhere that was run, while it is armed."""

    def __init__(self) -> None:
        self.armed = False
        self.tripped: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed or event not in ("compile", "exec"):
            return
        if event == "compile":
            if arguments[1] is None or not os.path.exists(os.fsdecode(arguments[1])):
                self.tripped.append(f"compile {arguments[0]!r}")
        elif not os.path.exists(arguments[0].co_filename) and "<frozen" not in arguments[0].co_filename:
            self.tripped.append(f"exec {arguments[0].co_filename}")


def main() -> None:
    """Judge everything once to warm up, then again under the hook."""
    spec = VerifierSpec("reasoning_gym")
    verifier = build_verifier(spec)
    report: dict[str, Any] = {"judged": [], "wrong": [], "tripped": []}
    wire = Tripwire()
    for name in sorted(DATASETS):
        entry = entry_of(name)
        reference = {"dataset": name, "entry": {key: entry[key] for key in ("question", "answer", "metadata")}}
        problem = Problem("p", entry["question"], reference, "t", spec)
        verifier.check_reference(problem)
        gold = gold_of(name, entry)
        texts = [(gold, "pass"), *((text, "fail") for text in (*JUNK, *PAYLOADS) if text != gold)]
        texts += [(f"The answer is {gold}.", "fail"), (f"{gold} {gold} {gold}", "fail"), (f"{gold} or not", "fail")]
        for text, _ in texts:
            verifier.verify(problem, Completion(text))
        wire.armed = True
        verdicts = [verifier.verify(problem, Completion(text)).outcome.value for text, _ in texts]
        wire.armed = False
        report["wrong"] += [[name, text, got] for (text, due), got in zip(texts, verdicts, strict=True) if got != due]
        report["judged"].append(name)
    report["tripped"] = list(wire.tripped)
    wire.tripped.clear()
    wire.armed = True
    DATASETS["string_insertion"][0].score_answer(None, PAYLOADS[1], {"answer": "x"})
    report["control"] = list(wire.tripped)
    wire.armed = False
    print("\n" + json.dumps(report))  # some data sets print while they are made


if __name__ == "__main__":
    main()
