"""What a recipe may say about mathematical answers; the defaults are the strict ones."""

from __future__ import annotations

from typing import Literal

from rlvr.verifier import Model


class MathOptions(Model):
    """Policies.

    extraction: `strict` wants the answer in a box or in answer tags, which is right for training;
    `lenient` also takes "the answer is", `####`, the last formula and at last the last number.
    A text whose `<think>` is never closed has, strictly, not answered yet.
    percent: with `sign` a gold answer of 28% is met by 28%, 28 and 0.28, and a gold answer of 28, or of anything
    above 1, by 28% too; with `exact` only by what has the same value, so 0.28 by 28% and 28% by 0.28.
    units: `optional` ignores units of measure; `required` wants the gold's own unit there, as it is written.
    tuple_order, set_order: whether order counts; it does in tuples and does not in sets.
    rounding: `none` wants the value; `gold` accepts what rounds to the decimals the gold answer shows.
    """

    extraction: Literal["strict", "lenient"] = "strict"
    percent: Literal["sign", "exact"] = "sign"
    units: Literal["optional", "required"] = "optional"
    tuple_order: Literal["same", "any"] = "same"
    set_order: Literal["any", "same"] = "any"
    rounding: Literal["none", "gold"] = "none"
