"""A walk over the words of a rule file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

from deftunes_dqdl.errors import RulesError
from deftunes_dqdl.tokens import Kind, Token, tokens

_Item = TypeVar("_Item")

_DEEPEST = 50
"""Parentheses within parentheses; more is no rule of a person's."""


class Cursor:
    """The next word, and the ones after it."""

    def __init__(self, source: str) -> None:
        self._tokens = list(tokens(source))
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The word that comes next; at the end always the end."""
        return self.ahead(0)

    def ahead(self, words: int) -> Token:
        """A word further on."""
        return self._tokens[min(self._place + words, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Step over the next word."""
        token = self.next
        self._place += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether one of these words comes next; a quoted text is none of them."""
        return self.next.kind in {"name", "sign"} and self.next.text in words

    def accept(self, *words: str) -> Token | None:
        """Step over the next word if it is one of these."""
        return self.take() if self.sees(*words) else None

    def expect(self, *words: str) -> Token:
        """Step over a word that has to come.

        Raises:
            RulesError: Another comes.
        """
        token = self.accept(*words)
        if token is None:
            self.refuse(" or ".join(f"`{word}`" for word in words))
        return token

    def expect_kind(self, kind: Kind, what: str) -> Token:
        """Step over a word of a kind that has to come.

        Raises:
            RulesError: Another comes.
        """
        if self.next.kind != kind:
            self.refuse(what)
        return self.take()

    def refuse(self, wanted: str) -> NoReturn:
        """Say that something else should have come.

        Raises:
            RulesError: Always.
        """
        raise RulesError(self.next.position, f"expected {wanted}, found {self.next}.")

    def listed(self, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Read `[item, item, ...]`, which may be empty."""
        self.expect("[")
        if self.accept("]"):
            return ()
        items = [item()]
        while self.accept(","):
            items.append(item())
        self.expect("]")
        return tuple(items)

    @contextlib.contextmanager
    def deeper(self) -> Iterator[None]:
        """Read what stands within something that may hold itself.

        Raises:
            RulesError: It does so too often.
        """
        if self._depth == _DEEPEST:
            raise RulesError(
                self.next.position, f"more than {_DEEPEST} parentheses within each other."
            )
        self._depth += 1
        yield
        self._depth -= 1
