"""CloudWatch's filter patterns for JSON log lines, as the template uses them.

Source: "Filter pattern syntax for metric filters", Amazon CloudWatch Logs User Guide.
"""

from __future__ import annotations

import operator
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Condition: TypeAlias = "Callable[[Mapping[str, Any]], bool]"
_TOKEN: Final = re.compile(
    r'\s*(\$(?:\.\w+)+|"[^"]*"|-?\d+(?:\.\d+)?|&&|\|\||!=|>=|<=|[=<>(){}]'
    r"|NOT EXISTS|IS (?:TRUE|FALSE|NULL))"
)
_ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_STATES: Final = {"IS TRUE": True, "IS FALSE": False, "IS NULL": None}
_MISSING: Final = object()


class BadPattern(ValueError):
    """A pattern that AWS would not take, or that nobody here can read."""


def compiled(pattern: str) -> Condition:
    """Return what a pattern asks of a line's JSON. Raises `BadPattern`."""
    parser = _Parser(_tokens(pattern.strip()))
    parser.take("{")
    condition = parser.alternatives()
    parser.take("}")
    parser.end()
    return condition


def selected(selector: str, line: Mapping[str, Any]) -> Any:
    """Return what `$.a.b` names in a line, or None."""
    found = _found(selector, line)
    return None if found is _MISSING else found


def _found(selector: str, line: Any) -> Any:
    for name in selector.split(".")[1:]:
        if not isinstance(line, dict) or name not in line:
            return _MISSING
        line = line[name]
    return line


def _tokens(pattern: str) -> list[str]:
    found, place = [], 0
    while place < len(pattern):
        match = _TOKEN.match(pattern, place)
        if match is None:
            raise BadPattern(f"cannot be read from here: {pattern[place:]}")
        found.append(match[1])
        place = match.end()
    return found


class _Parser:
    """Reads a pattern from left to right; `&&` binds closer than `||`."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def take(self, *expected: str) -> str:
        """Return the next token. Raises `BadPattern` if it is none of those expected."""
        token = self._tokens.pop(0) if self._tokens else ""
        if expected and token not in expected:
            raise BadPattern(f"{' or '.join(expected)} expected instead of {token or 'the end'}")
        return token

    def end(self) -> None:
        """Raise `BadPattern` if anything is left."""
        if self._tokens:
            raise BadPattern(f"nothing expected instead of {self._tokens[0]}")

    def alternatives(self) -> Condition:
        """Return terms with `||` between them as one."""
        terms = [self._together()]
        while self._tokens[:1] == ["||"]:
            self.take("||")
            terms.append(self._together())
        return lambda line: any(term(line) for term in terms)

    def _together(self) -> Condition:
        terms = [self._term()]
        while self._tokens[:1] == ["&&"]:
            self.take("&&")
            terms.append(self._term())
        return lambda line: all(term(line) for term in terms)

    def _term(self) -> Condition:
        if self._tokens[:1] == ["("]:
            self.take("(")
            inner = self.alternatives()
            self.take(")")
            return inner
        selector = self.take()
        if not selector.startswith("$."):
            raise BadPattern(f"a selector expected instead of {selector or 'the end'}")
        sign = self.take("=", "!=", *_ORDERED, *_STATES, "NOT EXISTS")
        if sign == "NOT EXISTS":
            return lambda line: _found(selector, line) is _MISSING
        if sign in _STATES:
            return lambda line: _found(selector, line) is _STATES[sign]
        return _comparison(selector, sign, self.take())


def _comparison(selector: str, sign: str, value: str) -> Condition:
    """Return a comparison; what a line does not have is neither equal nor unequal."""
    if value.startswith('"'):
        if sign in _ORDERED:
            raise BadPattern(f"texts have no order: {value}")
        text, equal = value[1:-1], sign == "="

        def alike(line: Mapping[str, Any]) -> bool:
            found = _found(selector, line)
            return isinstance(found, str) and fnmatchcase(found, text) is equal

        return alike
    try:
        number = float(value)
    except ValueError:
        raise BadPattern(f"a value expected instead of {value or 'the end'}") from None
    compare = {"=": operator.eq, "!=": operator.ne, **_ORDERED}[sign]

    def measured(line: Mapping[str, Any]) -> bool:
        found = _found(selector, line)
        return isinstance(found, int | float) and bool(compare(found, number))

    return measured
