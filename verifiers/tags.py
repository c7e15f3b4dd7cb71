"""Answers in sections between tags: `<think>...</think><answer>...</answer>`, each once and in order.

Seen through `Completion.prefill`: an opener that the chat template wrote counts, and writing it again
is a second one. Strict where regular expressions leak: no text outside the sections, no blank
section, no tag twice (a quoted closer moves nobody's cut). The tags alone say nothing of the answer:
use them as the gate before a verifier of correctness, never as the only reward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, field_validator

from rlvr.problem import Completion, Problem
from rlvr.verdict import Outcome, Verdict
from rlvr.verifier import Example, Model, Verifier
from rlvr.verifiers._answer import answer_of
from rlvr.verifiers._words import fold


class TagsOptions(Model):
    """Which sections, and what comes last.

    `ends_with`: "tag" when the last section closes the answer, "text" when free text must follow it
    (`tags: [think], ends_with: text` is the shape of reasoning models). `code`: the last part must
    hold a closed code fence of that language. `allow_blank`: sections before the last may be empty.
    """

    tags: tuple[str, ...] = Field(default=("think", "answer"), min_length=1)
    ends_with: Literal["tag", "text"] = "tag"
    code: str | None = None
    allow_blank: bool = False

    @field_validator("tags")
    @classmethod
    def _are_names(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(tags)) < len(tags) or not all(re.fullmatch(r"[A-Za-z][\w-]*", tag) for tag in tags):
            raise ValueError("tags are different names without brackets, such as 'think'")
        return tags


class Tags(Verifier):
    """Whether the completion is exactly the asked-for sections."""

    name = "tags"
    version = "1"
    Options = TagsOptions

    def verify(self, problem: Problem, completion: Completion) -> Verdict:
        """PASS with the last section as `extracted`; FAIL `malformed` or `no_answer`."""
        text = answer_of(completion, "keep")
        if isinstance(text, Verdict):
            return text
        sections = self._sections(text)
        if isinstance(sections, Verdict):
            return sections
        return self._judge_contents(sections)

    def _sections(self, text: str) -> list[tuple[str, str]] | Verdict:
        """(name, content) of every section, a last one named "text" for what follows the tags."""
        sections, rest = [], text
        for tag in self.options.tags:
            for mark in (f"<{tag}>", f"</{tag}>"):
                if text.count(mark) != 1:
                    return Verdict.failed("malformed", f"{mark} occurs {text.count(mark)} times instead of once")
            before, _, after = rest.partition(f"<{tag}>")
            if before.strip() or not after:
                return Verdict.failed("malformed", f"something other than <{tag}> stands where it must begin")
            content, closer, rest = after.partition(f"</{tag}>")
            if not closer:
                return Verdict.failed("malformed", f"</{tag}> does not follow its opener")
            sections.append((tag, content))
        if self.options.ends_with == "text":
            sections.append(("text", rest))
        elif rest.strip():
            return Verdict.failed("malformed", f"text follows </{self.options.tags[-1]}>")
        return sections

    def _judge_contents(self, sections: list[tuple[str, str]]) -> Verdict:
        answer = sections[-1][1].strip()
        for name, content in sections[:-1]:
            if not fold(content) and not self.options.allow_blank:
                return Verdict.failed("malformed", f"the section {name!r} is blank")
        if not fold(answer):
            return Verdict.failed("no_answer", f"the last part, {sections[-1][0]!r}, is blank", extracted=answer)
        if self.options.code is not None and not _holds_code(answer, self.options.code):
            reason = f"the last part holds no closed ```{self.options.code} fence with code in it"
            return Verdict.failed("malformed", reason, extracted=answer)
        return Verdict.passed("the sections are as asked for", extracted=answer)

    def examples(self) -> Iterable[Example]:
        """The shape as asked for; then everything that regular expressions are known to let through."""
        good = "".join(f"<{tag}>\nx\n</{tag}>\n" for tag in self.options.tags)
        code = f"```{self.options.code}\nx = 1\n```" if self.options.code is not None else "x"
        last = self.options.tags[-1]
        if self.options.ends_with == "text":
            good += code
        else:
            good = good.replace(f"<{last}>\nx", f"<{last}>\n{code}")
        yield Example.of({}, good, Outcome.PASS)
        opener = f"<{self.options.tags[0]}>"
        yield Example({}, Completion(good.removeprefix(opener), prefill=opener), Outcome.PASS)
        yield Example({}, Completion(good, prefill=opener), Outcome.FAIL)
        blank = good.replace(code, " \u200b ")
        wrong = ["", "x", good + good, "hello " + good, good.upper(), good + f"</{last}>", blank]
        wrong += [good.replace("<", "&lt;"), good.replace(f"</{last}>", f"</{last}\u200b>")]
        if self.options.ends_with == "tag":
            wrong.append(good + "and more")
        for text in wrong:
            yield Example.of({}, text, Outcome.FAIL)


def _holds_code(text: str, language: str) -> bool:
    """Whether one fenced block of that language is opened, filled and closed."""
    opened: str | None = None
    filled = False
    for line in text.splitlines():
        bare = line.strip()
        if opened is None and bare.startswith("```"):
            opened, filled = bare[3:].strip().lower(), False
        elif opened is not None and bare == "```":
            if opened == language.lower() and filled:
                return True
            opened = None
        else:
            filled = filled or bool(bare)
    return False
