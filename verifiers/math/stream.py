"""The tokens of an answer, read one after another, with a cap on how deep the reader may nest."""

from __future__ import annotations

from rlvr.verifiers.math.lexer import Token, TooLarge, Unreadable

MAX_DEPTH = 60
_SIGNS = frozenset(["sign", "command"])
#: As far as the parser looks ahead, there is always a token.
_BEYOND = [Token("end", "", -1)] * 10


class TokenStream:
    """A place among the tokens."""

    def __init__(self, stream: list[Token]) -> None:
        self.stream = [*stream, *_BEYOND]
        self.end = len(stream)
        self.at = 0
        self.depth = 0
        self.bars = 0

    @property
    def at_end(self) -> bool:
        """Whether all tokens are read."""
        return self.at >= self.end

    def peek(self, ahead: int = 0) -> str:
        """The text of the next token, or of one further on."""
        return self.stream[self.at + ahead].text

    def kind(self, ahead: int = 0) -> str:
        """Its kind."""
        return self.stream[self.at + ahead].kind

    def take(self) -> Token:
        """The next token. Raises Unreadable at the end."""
        if self.at >= self.end:
            raise Unreadable("the answer ends too early")
        self.at += 1
        return self.stream[self.at - 1]

    def expect(self, text: str) -> None:
        """Take a sign that must be there. Raises Unreadable."""
        if not self.accept(text):
            raise Unreadable(f"{text!r} is missing")

    def accept(self, *texts: str) -> str:
        """Take the next token if it is one of these signs or commands; empty text otherwise."""
        token = self.stream[self.at]
        if token.text in texts and token.kind in _SIGNS:
            self.at += 1
            return token.text
        return ""

    def deeper(self) -> None:
        """Count one more level of nesting. Raises TooLarge."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooLarge(f"nested deeper than {MAX_DEPTH}")
