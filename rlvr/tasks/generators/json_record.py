"""Sentences about a person, to be written as a JSON object: {"name": ..., "age": ..., "job": ..., "city": ...}.

For the verifier `json_schema`: the schema of a row names the four keys, their types and, as constants,
the values its sentence states. Nothing else may stand in the object. Who works where is settled by a
hash, so every name and age makes one problem in one of six wordings: 1260 with the default ages.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from pydantic import Field

from rlvr.tasks.generator import Generator
from rlvr.tasks.order import digest
from rlvr.tasks.row import Row
from rlvr.verdict import Json
from rlvr.verifier import Model

NAMES = (
    "Anna", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "Jack", "Kate", "Leo", "Mia",
    "Noah", "Olga", "Paul", "Rosa", "Sam", "Tina", "Victor",
)  # fmt: skip
JOBS = ("baker", "cook", "dentist", "driver", "farmer", "lawyer", "nurse", "painter", "pilot", "singer", "tailor")
CITIES = (
    "Athens", "Berlin", "Cairo", "Delhi", "Dublin", "Geneva", "Lima", "Lisbon", "London", "Madrid", "Milan",
    "Oslo", "Paris", "Prague", "Rome", "Tokyo", "Vienna",
)  # fmt: skip
WORDINGS = (
    "{name} ({age}) works as a {job} in {city}.",
    "At {age}, {name} moved to {city} to work as a {job}.",
    "{name} is {age} years old, lives in {city} and is a {job}.",
    "In {city} there is a {job} called {name}, aged {age}.",
    "The {job} {name}, who is {age}, comes from {city}.",
    "{name}, a {job} from {city}, has just turned {age}.",
)


class JsonRecordOptions(Model):
    """Ages run from `youngest` to `oldest`."""

    youngest: int = Field(default=18, ge=1)
    oldest: int = Field(default=80, le=120)


class JsonRecord(Generator):
    """Columns: `prompt`, `schema`, `solution`."""

    name = "json_record"
    Options = JsonRecordOptions

    def rows(self) -> Iterator[Row]:
        """Every name with every age, once."""
        ages = range(self.options.youngest, self.options.oldest + 1)
        for number, (name, age) in enumerate(itertools.product(NAMES, ages), 1):
            choice = int(digest(name, age), 16)
            wording = WORDINGS[choice % len(WORDINGS)]
            choice //= len(WORDINGS)
            record: dict[str, Json] = {
                "name": name,
                "age": age,
                "job": JOBS[choice % len(JOBS)],
                "city": CITIES[choice // len(JOBS) % len(CITIES)],
            }
            columns = {"prompt": wording.format(**record), "schema": schema_of(record), "solution": json.dumps(record)}
            yield Row(number, columns, key=f"{name} {age}")


def schema_of(record: dict[str, Json]) -> dict[str, Json]:
    """Exactly this record: its keys, their types and their values."""
    properties: dict[str, Json] = {
        key: {"type": "integer" if isinstance(value, int) else "string", "const": value}
        for key, value in record.items()
    }
    return {"type": "object", "properties": properties, "required": [*record], "additionalProperties": False}
