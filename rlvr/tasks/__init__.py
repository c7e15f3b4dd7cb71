"""Tasks: rows of a source, made into problems that a verifier can judge.

    options.py     what a recipe's `tasks[]` section may say
    source.py      rows from a file, the Hugging Face hub or a generator
    columns.py     which column is the prompt, the reference, the worked solution
    prompt.py      templates and few-shot examples: what the model is asked
    split.py       disjoint train, validation and test, the same on every machine
    task.py        all of it together: `load_task(options) -> Task`
    mix.py         `ProblemStream`: the order in which training meets the problems

One task serves training, evaluation and checking alike.
"""

from rlvr.tasks.mix import ProblemStream
from rlvr.tasks.options import TaskOptions
from rlvr.tasks.task import Task, load_task

__all__ = ["ProblemStream", "Task", "TaskOptions", "load_task"]
