"""pass@k, exactly, from how often each problem was solved.

It is per problem: n samples, c of them right. Average it over problems; never pool n and
c over problems first, which answers another question (and overstates pass@k).
"""

from __future__ import annotations

import math


def pass_at_k(n: int, c: int, k: int) -> float:
    """The chance that at least one of k samples drawn from the n without replacement is right.

    1 - C(n - c, k) / C(n, k): unbiased for 1 - (1 - p)^k (Chen et al. 2021, arXiv 2107.03374). Computed as
    a sum of log1p terms, of which min(c, k) are needed, so that small values keep all their digits.
    Raises ValueError for k > n: such a value does not exist, and is not 1.
    """
    if not 0 <= c <= n:
        raise ValueError(f"{c} right of {n} samples cannot be")
    if not 1 <= k <= n:
        raise ValueError(f"k={k} needs at least {max(k, 1)} samples and at most the {n} there are")
    if n - c < k:
        return 1.0
    few, other = (c, k) if c <= k else (k, c)  # the quotient is symmetric in c and k
    return -math.expm1(math.fsum(math.log1p(-other / (n - i)) for i in range(few)))
