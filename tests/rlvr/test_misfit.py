"""What pydantic finds wrong, as a user reads it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Discriminator, Field, Tag, ValidationError
from typing_extensions import TypeAliasType

from rlvr.misfit import explain
from rlvr.verifier import Model

Nested = TypeAliasType("Nested", "dict[str, str | Nested]")


class Cat(Model):
    name: str
    lives: int = 9


class Dog(Model):
    name: str
    breed_: str = Field(default="", alias="breed")


class Zoo(Model):
    cat: Cat | None = None
    either: Cat | Dog | None = None
    pet: Annotated[
        Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")],
        Discriminator(lambda value: "dog" if "breed" in value else "cat"),
    ] = Cat(name="tom")
    cats: tuple[Cat, ...] = Field(default=(), max_length=2)
    by_name: dict[str, Dog] = Field(default_factory=dict)
    tags: list[str] | str = ""
    nested: Nested | None = None
    some: Annotated[dict[str, int], Field(min_length=1)] = Field(default_factory=lambda: {"a": 1})
    kind: Literal["open", "shut"] = "open"
    numbers: set[int] = Field(default_factory=set)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"cat": {"name": "a", "livs": 1}}, "unknown key 'cat.livs'. Did you mean 'lives'?"),
        ({"cats": [{"name": "a"}, {"nam": "b", "name": "c"}]}, "unknown key 'cats.1.nam'. Did you mean 'name'?"),
        ({"by_name": {"rex": {"name": "a", "x": 1}}}, "unknown key 'by_name.rex.x'. Known: breed, name."),
        ({"pet": {"name": "a", "breed": "b", "x": 1}}, "unknown key 'pet.x'. Known: breed, name."),
        ({"pet": {"name": "a", "breed": 5}}, "'pet.breed': Input should be a valid string (is 5)"),
        ({"either": {"name": 5}}, "'either.name': Input should be a valid string (is 5)"),
        ({"either": "tom"}, "'either': write `{name: tom}` (is 'tom')"),
        ({"cats": [5, {"name": "a"}]}, "'cats.0': write `{name: ...}` (is 5)"),
        ({"cats": {"name": "a"}}, "'cats': write `[{name: ...}]`"),
        ({"cats": [{"name": "a"}] * 3}, "'cats': takes at most 2"),
        ({"some": {}}, "'some': needs at least 1, such as `{key: ...}`"),
        ({"numbers": 5}, "'numbers': write `[5]` (is 5)"),
        ({"tags": True}, "'tags': write `[true]` or a valid string (is True)"),
        ({"tags": [5]}, "'tags.0': Input should be a valid string (is 5)"),
        ({"nested": {"a": {"b": 5}}}, "'nested.a.b': Input should be a valid string or `{key: 5}` (is 5)"),
        ({"kind": "shutt"}, "'kind': Input should be 'open' or 'shut' (is 'shutt')"),
    ],
)
def test_each_place_is_told_once_with_what_to_write(data: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Zoo.model_validate(data)
    assert explain(caught.value, Zoo) == told


def test_all_places_are_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Zoo.model_validate({"cat": {}, "kind": 1, "zebra": 2})
    told = explain(caught.value, Zoo).split("; ")
    assert told[0] == "'cat.name' is missing"
    assert [line.split("'")[1] for line in told] == ["cat.name", "kind", "zebra"]


def test_what_is_long_is_cut_and_sections_are_not_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        Zoo.model_validate({"kind": "x" * 10_000, "numbers": [{"a": 1}]})
    assert len(explain(caught.value, Zoo)) < 500
    assert "'a'" not in explain(caught.value, Zoo)
