"""Which function scores an answer of which data set, and what an answer must look like before it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from rlvr.errors import nearest
from rlvr.verifiers._patterns import compiled, searchable
from rlvr.verifiers.reasoning_gym.judges import JUDGES, NUMBER, same_text

Scorer: TypeAlias = Callable[[str, Mapping[str, Any]], float]


class Unsuitable(ValueError):
    """The answer is not of the shape its data set asks for, or its scorer cannot read it."""


_BOARD = r"[\d\s]+"
_LIST = r"\[.*\]"
_ANY = r".+"

#: Data sets whose packaged scorer was read and found to be safe and exact for answers of this shape.
#: What each shape keeps out: prose around the answer, NaN, numbers without end, and (boxnet) moved targets.
SHAPES: dict[str, str] = {
    "advanced_geometry": r"[-\d.,()°\s/]+",
    "boxnet": r'\[\s*(?:\{\s*(?:"[^"]*"\s*:\s*"move\(box_[^"]*"\s*,?\s*)*\}\s*,?\s*)*\]',
    "calendar_arithmetic": r"[A-Za-z]+|[-+]?\d{1,9}",
    "chain_sum": NUMBER,
    "codeio": _ANY,
    "complex_arithmetic": r"[\d.\sij()+\-*]{1,100}",
    "cryptarithm": r"[A-Z]\s*=\s*\d(?:\s*,\s*[A-Z]\s*=\s*\d)*",
    "decimal_arithmetic": NUMBER,
    "decimal_chain_sum": NUMBER,
    "family_relationships": _ANY,
    "fraction_simplification": r"\$*\s*\\d?frac\s*\{\s*\d+\s*\}\s*\{\s*\d+\s*\}\s*\$*|\$?\d+\s*/\s*\d+\$?",
    "futoshiki": r"[\d<>∧∨\s]+",
    "graph_color": r"\{[^{}]*\}",
    "group_anagrams": _LIST,
    "jugs": _LIST,
    "kakurasu": r"[01\s]+",
    "knight_swap": rf"[Nn]o|{_LIST}",
    "manipulate_matrix": _BOARD,
    "mini_sudoku": _BOARD,
    "number_format": NUMBER,
    "palindrome_generation": r"[A-Za-z]+",
    "palindrome_partitioning": _LIST,
    "path_star": r"\d+(?:\s+\d+)*",
    "polynomial_equations": rf"{NUMBER}(?:\s*,\s*{NUMBER})*",
    "pool_matrix": r"[-\d.\s]+",
    "power_function": NUMBER,
    "prime_factorization": r"\d{1,40}(?:\s*×\s*\d{1,40})*",
    "products": NUMBER,
    "propositional_logic": r"[A-Z()∧∨¬→↔\s]{1,300}",
    "quantum_lock": r"[A-Ca-c](?:[\s→,>-]*[A-Ca-c])*",
    "rectangle_count": r"\d{1,9}",
    "rubiks_cube": r"\d?[A-Za-z]{1,2}'?\d?(?:\s+\d?[A-Za-z]{1,2}'?\d?)*",
    "shortest_path": r"[a-z]+(?:\s+[a-z]+)*",
    "sokoban": r"[LRUDlrud]+",
    "sudoku": _BOARD,
    "survo": _BOARD,
    "time_intervals": r"\d{1,9}(?: days?)?|(?:\d{1,9} days?, )?\d{1,4}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?",
    "tower_of_hanoi": r"(?:Move disk \d{1,3} from Peg \d{1,3} to Peg \d{1,3}\s*)+",
    "tsumego": r"[A-Za-z]\d{1,2}",
    "word_ladder": r"[A-Za-z]+(?:\s*,\s*[A-Za-z]+)+",
    "word_sorting": _ANY,
}

#: What a scorer may raise over an answer that it cannot read.
_UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


def scorer_of(dataset: str, metadata: Mapping[str, Any]) -> Scorer:
    """The function that scores answers of a data set.

    Raises ValueError for one that is unknown, or that the package gives a scorer nobody here has read.
    """
    if dataset in JUDGES:
        judge = JUDGES[dataset]
        return lambda answer, entry: float(judge(answer, entry))
    length = metadata.get("word_length") if dataset == "word_ladder" else None
    return _packaged(dataset, length)


@lru_cache(maxsize=128)
def _packaged(dataset: str, word_length: int | None) -> Scorer:
    from reasoning_gym.dataset import ProceduralDataset
    from reasoning_gym.factory import DATASETS, create_dataset

    if dataset not in DATASETS:
        raise ValueError(f"reasoning_gym has no data set {dataset!r}. {nearest(dataset, DATASETS)}")
    if DATASETS[dataset][0].score_answer is ProceduralDataset.score_answer:
        return lambda answer, entry: float(same_text(answer, entry))
    if dataset not in SHAPES:
        raise ValueError(
            f"the data set {dataset!r} brings a scorer of its own that has not been reviewed: it may evaluate what a "
            "model wrote, or pay for anything"
        )
    lengths = {"min_word_length": word_length, "max_word_length": word_length} if word_length else {}
    score = create_dataset(dataset, **lengths).score_answer
    shape = compiled(SHAPES[dataset], False, True)

    def scored(answer: str, entry: Mapping[str, Any]) -> float:
        if not shape.fullmatch(searchable(answer)):
            raise Unsuitable("the answer is not of the shape that is asked for")
        try:
            return float(score(answer=answer, entry=entry))
        except _UNREADABLE as error:
            raise Unsuitable(f"the answer cannot be read ({type(error).__name__})") from None

    return scored
