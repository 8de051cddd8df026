"""F79: the configuration of a chart, held to the schema of its kind within a budget of steps.

A schema can ask for more work than there are atoms with a few references; so each step is paid for, and whoever runs out
is refused. A step stands for about ten microseconds.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.libraries.errors import ConfigTooComplexError
from dataviz_pipelines.core.libraries.patterns import compile_pattern
from dataviz_pipelines.core.libraries.schemas import pointer

MAX_CHARACTERS: Final = 65_536
MAX_FAULTS: Final = 20
MAX_STEPS: Final = 30_000
MAX_DEPTH: Final = 60
_LONGEST_MESSAGE: Final = 300

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


@dataclass
class _Budget:
    steps: int = MAX_STEPS
    depth: int = 0
    sizes: dict[int, int] = field(default_factory=dict)

    def pay(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise _too_complex()

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Far from where the interpreter ends a recursion, which the library's parts in Rust do not survive."""
        if self.depth == MAX_DEPTH:
            raise _too_complex()
        self.depth += 1
        yield
        self.depth -= 1

    def size(self, value: Any) -> int:
        """About how many characters it takes to write the value; every message of the library does."""
        if isinstance(value, str):
            return len(value)
        return self.sizes.get(id(value), 1)

    def weigh(self, value: Any) -> int:
        if isinstance(value, dict):
            total = sum(len(key) + self.weigh(part) for key, part in value.items())
        elif isinstance(value, list):
            total = sum(self.weigh(part) for part in value)
        else:
            return self.size(value)
        self.sizes[id(value)] = total + 1
        return total + 1


_budget: ContextVar[_Budget] = ContextVar("budget")


def config_faults(config: Any, schema: Mapping[str, Any]) -> list[Fault]:
    """The first faults, by their JSON pointers in the configuration; none: it fits. Raises ConfigTooComplexError."""
    budget = _Budget()
    token = _budget.set(budget)
    try:
        if budget.weigh(config) > MAX_CHARACTERS:
            raise _too_complex()
        found = _VALIDATOR(schema, registry=Registry()).iter_errors(config)
        return [_fault(error) for error in islice(found, MAX_FAULTS)]
    except RecursionError as error:
        raise _too_complex() from error
    finally:
        _budget.reset(token)


def _fault(error: ValidationError) -> Fault:
    message = error.message
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}…"
    return Fault(pointer(error.absolute_path), message)


def _paid(keyword: Keyword) -> Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        budget = _budget.get()
        listed = len(value) if isinstance(value, list | dict) else 0
        budget.pay(1 + listed // 20 + budget.size(instance) // 500)
        with budget.nested():
            yield from keyword(validator, value, instance, schema) or ()

    return check


def _reference(validator: Any, value: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """To follow one costs the library several times what anything else does."""
    _budget.get().pay(5)
    yield from _KEYWORD["$ref"](validator, value, instance, schema) or ()


def _pattern(validator: Any, value: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "string"):
        return
    pattern = compile_pattern(value)
    _budget.get().pay(pattern.cost(instance))
    if not pattern.matches(instance):
        yield ValidationError(f"{instance!r} does not match {value!r}")


def _unique_items(
    validator: Any, value: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    """The library compares each with each."""
    if not value or not validator.is_type(instance, "array"):
        return
    _budget.get().pay(_budget.get().size(instance) // 20)
    written = {json.dumps(_comparable(each), sort_keys=True) for each in instance}
    if len(written) < len(instance):
        yield ValidationError("The items are not all different")


def _comparable(value: Any) -> Any:
    """JSON knows one kind of numbers: 1 and 1.0 are the same."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_comparable(each) for each in value]
    if isinstance(value, dict):
        return {key: _comparable(each) for key, each in value.items()}
    return value


def _too_complex() -> ConfigTooComplexError:
    return ConfigTooComplexError(
        "To check this configuration would take too long.",
        remedy="Send a smaller one, or simplify the schema of its chart kind.",
    )


_KEYWORD: Final[Mapping[str, Keyword]] = Draft202012Validator.VALIDATORS
_OURS: Final[Mapping[str, Keyword]] = {
    "$ref": _reference,
    "pattern": _pattern,
    "uniqueItems": _unique_items,
}
_VALIDATOR: Final = extend(  # type: ignore[no-untyped-call]  # untyped in jsonschema
    Draft202012Validator, {name: _paid(keyword) for name, keyword in {**_KEYWORD, **_OURS}.items()}
)
