"""What the model is asked: the template, few-shot examples, chat messages or plain text.

A template that does not mention `examples` gets them put in front: as turns of the chat, or as text,
each followed by a space, its solution and a line break:

    Q: x = 7, y = x + 1, z = y + 5. What is z?
    A: y = 7 + 1 = 8, z = 8 + 5 = 13. Answer: 13
    Q: x = 2, y = x + 4, z = y + 5. What is z?
    A:

A template that does mention `examples` places them itself: they are a list of rows, each with
`prompt` and `solution`. The model's own chat template is not applied here; that is the policy's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from rlvr.errors import DataError, UsageError, nearest
from rlvr.problem import Message, Prompt
from rlvr.tasks.options import TaskOptions

if TYPE_CHECKING:
    from jinja2 import Template

#: What a row's prompt column holds: text, or the messages so far, the user's last.
Asked: TypeAlias = str | list[Message]
#: A worked row: its columns with `prompt` and `solution` as text.
Examples: TypeAlias = Sequence[Mapping[str, Any]]


class PromptTemplate:
    """A task's template. Raises UsageError when it is none."""

    def __init__(self, options: TaskOptions) -> None:
        from jinja2 import StrictUndefined, TemplateSyntaxError, meta
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        try:
            self.variables = meta.find_undeclared_variables(environment.parse(options.prompt))
            self._template: Template = environment.from_string(options.prompt)
        except TemplateSyntaxError as error:
            what = f"task {options.name!r}: `prompt` is no jinja2 template: line {error.lineno}: {error.message}"
            raise UsageError(what, "Write a row's column as {{ column }}.") from None
        self.options = options

    @property
    def needs_prompt(self) -> bool:
        """Whether rows must have a prompt column: a template may be made of other columns alone."""
        return "prompt" in self.variables

    def fill(self, columns: Mapping[str, Any], asked: Asked, examples: Examples = ()) -> str:
        """The template with one row filled in. Raises ValueError when it names a column that is not there."""
        from jinja2 import TemplateError

        values = {**columns, "prompt": last_text(asked), "examples": examples}
        try:
            return self._template.render(values)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            missing = sorted(self.variables - set(values))
            hint = f". {nearest(missing[0], values)}" if missing else ""
            raise ValueError(f"the `prompt` template cannot be filled in: {error}{hint}") from None

    def key_text(self, columns: Mapping[str, Any], asked: Asked) -> str:
        """All that makes this row another question than the others: its text, without examples."""
        before = () if isinstance(asked, str) else asked[:-1]
        return "\n".join([*(message["content"] for message in before), self.fill(columns, asked)])

    def build(self, columns: Mapping[str, Any], asked: Asked, examples: Examples = ()) -> Prompt:
        """The whole prompt of one row, with the examples.

        Raises ValueError as `fill` does, and DataError when rows and the task's format do not go together.
        """
        shots = () if "examples" in self.variables else [(self.fill(e, e["prompt"]), e["solution"]) for e in examples]
        question = self.fill(columns, asked, examples)
        if self.options.format == "text":
            return self._text(asked, shots, question)
        return self._chat(asked, shots, question)

    def _text(self, asked: Asked, shots: Sequence[tuple[str, str]], question: str) -> str:
        if not isinstance(asked, str) and len(asked) > 1:
            what = f"task {self.options.name!r}: `format: text` cannot ask a chat of {len(asked)} messages."
            raise DataError(what, "Set `format: chat`, or `fields.prompt` to a column of text.")
        parts = [self.options.system, *(_joined(*shot) for shot in shots), question]
        return "\n".join(part for part in parts if part)

    def _chat(self, asked: Asked, shots: Sequence[tuple[str, str]], question: str) -> Prompt:
        before = [] if isinstance(asked, str) else asked[:-1]
        if self.options.system and before and before[0]["role"] == "system":
            what = f"task {self.options.name!r} sets `system`, but its rows bring a system message."
            raise DataError(what, "Leave one of them out.")
        turns = [Message(role="system", content=self.options.system)] if self.options.system else []
        turns += [message for message in before if message["role"] == "system"]
        for shown, solution in shots:
            turns.append(Message(role="user", content=shown))
            turns.append(Message(role="assistant", content=solution))
        turns += [message for message in before if message["role"] != "system"]
        return (*turns, Message(role="user", content=question))


def read_prompt(value: Any, column: str) -> Asked:
    """A prompt column's value. Raises ValueError that says what it is instead of text or messages."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, str) or value is None:
        raise ValueError(f"column {column!r} is empty")
    if not isinstance(value, list) or not value:
        raise ValueError(f"column {column!r} must be text or a list of messages (is {value!r})")
    messages = [_message(item, column) for item in value]
    if messages[-1]["role"] != "user":
        last = messages[-1]["role"]
        raise ValueError(f"column {column!r} must end with the user's turn, not with the {last}'s")
    return messages


def _message(item: Any, column: str) -> Message:
    if isinstance(item, Mapping) and isinstance(item.get("role"), str) and isinstance(item.get("content"), str):
        return Message(role=item["role"], content=item["content"])
    raise ValueError(f"column {column!r} must hold messages with role and content as text (has {item!r})")


def last_text(asked: Asked) -> str:
    """The text itself, or that of the last message."""
    return asked if isinstance(asked, str) else asked[-1]["content"]


def _joined(asked: str, solution: str) -> str:
    """An example as text, with a space in between unless there is white space already."""
    space = "" if asked[-1:].isspace() or solution[:1].isspace() else " "
    return f"{asked}{space}{solution}"
