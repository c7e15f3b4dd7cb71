"""What the numbers of a recipe make together, in sentences: completions a step, passes, epochs, totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlvr.recipe import Recipe
from rlvr.tasks.task import Task


def explain_batch(recipe: Recipe, tasks: Sequence[Task]) -> list[str]:
    """One sentence for a step, for its update, for the data, for the whole of training and for its evaluation."""
    return [_step(recipe), _update(recipe), *_epochs(recipe, tasks), _training(recipe), _evaluation(recipe, tasks)]


def _step(recipe: Recipe) -> str:
    algorithm, most = recipe.algorithm, _most_prompts(recipe)
    count = algorithm.prompts_per_step * algorithm.num_generations
    text = (
        f"a rollout: {algorithm.prompts_per_step} prompts x {algorithm.num_generations} completions each"
        f" = {count:,} completions, {min(count, recipe.sampling.rows)} of them sampled side by side"
    )
    if most > algorithm.prompts_per_step:
        text += (
            f"; groups whose rewards are all the same are replaced, up to {most} prompts"
            f" = {most * algorithm.num_generations:,} completions"
        )
    return text


def _update(recipe: Recipe) -> str:
    groups = -(-recipe.algorithm.prompts_per_step // recipe.algorithm.num_mini_batches)
    count = groups * recipe.algorithm.num_generations
    size = recipe.train.micro_batch_size
    passes = -(-count // size)
    whole = "" if size % recipe.algorithm.num_generations == 0 else ", which cuts groups apart"
    text = f"an update: up to {count:,} completions in {passes} micro-batches of {size}{whole}, then one optimizer step"
    updates = recipe.algorithm.updates_per_rollout
    if updates > 1:
        pieces, times = recipe.algorithm.num_mini_batches, recipe.algorithm.num_iterations
        text += f"; one rollout serves {updates} of them ({pieces} mini-batches, {times} times)"
    return text


def _epochs(recipe: Recipe, tasks: Sequence[Task]) -> Iterator[str]:
    """How often training asks each problem, by task, in proportion to the weights."""
    asked = _rollouts(recipe) * recipe.algorithm.prompts_per_step
    weights = sum(task.options.weight for task in tasks)
    for task in tasks:
        if not task.options.weight:
            yield f"task {task.name}: not trained on (weight 0)"
            continue
        share = asked * task.options.weight / weights
        epochs = share / max(1, len(task.train))
        yield (
            f"task {task.name}: {recipe.train.max_steps:,} steps ask {share:,.0f} prompts"
            f" of {len(task.train):,} training problems = {epochs:.2f} epochs"
        )


def _training(recipe: Recipe) -> str:
    per_step = recipe.algorithm.prompts_per_step * recipe.algorithm.num_generations
    total = _rollouts(recipe) * per_step
    text = f"training: {total:,} completions in all"
    most = _rollouts(recipe) * _most_prompts(recipe) * recipe.algorithm.num_generations
    if most > total:
        text += f", up to {most:,} where every step replaces what it may"
    tokens = total * recipe.sampling.max_completion_length
    return f"{text}; at most {tokens:,} tokens for the {total:,}"


def _evaluation(recipe: Recipe, tasks: Sequence[Task]) -> str:
    count = sum(len(task.test) for task in tasks)
    count = min(count, recipe.eval.limit or count)
    training = recipe.sampling.temperature
    at_base = {training, *recipe.eval.temperatures}
    samples = [recipe.eval.samples_at(temperature, training) for temperature in at_base]
    trained = recipe.eval.samples + (1 if 0.0 in at_base else 0)
    starts = bool(recipe.model.adapter or recipe.warm_start.problems)
    total = count * (sum(samples) + trained + starts * recipe.eval.samples)
    temperatures = ", ".join(f"{temperature:g}" for temperature in sorted(at_base))
    start = ", the adapter that training starts from" if starts else ""
    return (
        f"evaluation: {count:,} test problems, base at T = {temperatures}{start} and trained model:"
        f" {total:,} completions"
    )


def _rollouts(recipe: Recipe) -> int:
    """How often training samples: a rollout may serve several optimizer steps."""
    return -(-recipe.train.max_steps // recipe.algorithm.updates_per_rollout)


def _most_prompts(recipe: Recipe) -> int:
    """Prompts a step may ask where groups without signal are replaced."""
    wanted = recipe.algorithm.prompts_per_step
    return wanted + int(wanted * recipe.curriculum.refill) if recipe.algorithm.needs_mixed_groups else wanted
