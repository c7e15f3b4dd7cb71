"""Looks at a recipe before compute is spent on it.

golds       how a row's right answer may be written
trials      right answers, junk and other rows' answers before the task's own verifier
arithmetic  what the numbers of a recipe make together, in words
memory      what a run will take
verdicts    what those trials mean
check       all of that as findings; the quick form that `rlvr train` begins with
probe       a short sampling of the model: can training start from here?
"""
