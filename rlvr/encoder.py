"""From a prompt to the tokens the model sees, and from sampled tokens back to text.

Knows the tokenizer and its chat template; knows nothing of models or sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlvr.errors import UsageError
from rlvr.problem import Prompt

_SENTINEL = "\u2063answer\u2063"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as token ids, and the start of the assistant's turn that the template wrote itself."""

    ids: tuple[int, ...]
    prefill: str


class Encoder:
    """The tokenizer, its chat template with the arguments the recipe gives, and the end-of-turn ids."""

    def __init__(
        self, tokenizer: Any, eos_ids: Sequence[int] = (), template_args: Mapping[str, Any] | None = None
    ) -> None:
        self.tokenizer = tokenizer
        self.template_args = dict(template_args or {})
        self._pieces: dict[int, str] = {}
        self.end_ids = frozenset(eos_ids) | self._tokenizer_ends()

    def encode(self, prompt: Prompt) -> Encoded:
        """Plain text as it is; messages through the chat template, up to where the answer begins.

        Raises UsageError when messages meet a tokenizer without a chat template.
        """
        if isinstance(prompt, str):
            return Encoded(tuple(self.tokenizer(prompt)["input_ids"]), "")
        text = self._render([dict(message) for message in prompt], add_generation_prompt=True)
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return Encoded(tuple(ids), self._prefill(text, [dict(message) for message in prompt]))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of sampled ids; special tokens other than the final end-of-turn stay visible."""
        kept = ids[:-1] if ids and ids[-1] in self.end_ids else ids
        return str(self.tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def may_end(self, ids: Sequence[int], stop: tuple[str, ...]) -> bool:
        """Whether the last token may have completed a stop string: a cheap test before decoding all.

        A token that holds a part of a character's bytes may have completed any.
        """
        piece = self._piece(ids[-1])
        return "\ufffd" in piece or any(text[-1] in piece for text in stop)

    def _piece(self, token: int) -> str:
        if token not in self._pieces:
            self._pieces[token] = str(self.tokenizer.decode([token]))
        return self._pieces[token]

    def _render(self, messages: list[dict[str, Any]], add_generation_prompt: bool) -> str:
        if not getattr(self.tokenizer, "chat_template", None):
            mend = "Use `format: text` in the task, or a model with a chat template."
            raise UsageError("the task asks in chat messages, but the tokenizer has no chat template.", mend)
        return str(
            self.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=add_generation_prompt, **self.template_args
            )
        )

    def _prefill(self, rendered: str, messages: list[dict[str, Any]]) -> str:
        """What the generation prompt holds beyond the header every assistant turn has."""
        answered = self._render([*messages, {"role": "assistant", "content": _SENTINEL}], False)
        header = answered.partition(_SENTINEL)[0]
        pairs = zip(rendered, header, strict=False)
        same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(rendered), len(header)))
        return rendered[same:]

    def _tokenizer_ends(self) -> frozenset[int]:
        ends = {self.tokenizer.eos_token_id} - {None}
        if getattr(self.tokenizer, "chat_template", None):
            turn = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _SENTINEL}]
            tail = self._render(turn, False).partition(_SENTINEL)[2]
            first = self.tokenizer(tail, add_special_tokens=False)["input_ids"][:1]
            ends.update(set(first) & set(self.tokenizer.all_special_ids))
        return frozenset(ends)
