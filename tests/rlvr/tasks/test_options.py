import pytest
from pydantic import ValidationError

from rlvr.tasks import TaskOptions
from rlvr.tasks.options import FileSource, GeneratorSource, HubSource, Splits

BASE = {"name": "t", "source": {"file": "rows.jsonl"}, "verifier": {"name": "math"}}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"file": "rows.jsonl"}, FileSource),
        ({"hub": "openai/gsm8k", "config": "main", "revision": "abc"}, HubSource),
        ({"generator": "vars", "options": {"largest": 5}}, GeneratorSource),
    ],
)
def test_the_key_says_what_the_source_is(source, kind):
    options = TaskOptions(**{**BASE, "source": source})
    assert isinstance(options.source, kind)
    assert TaskOptions.model_validate(options.model_dump()) == options


@pytest.mark.parametrize("source", [{}, {"hub": "a", "file": "b"}, "rows.jsonl", {"split": "train"}])
def test_a_source_of_no_or_two_kinds_is_refused(source):
    with pytest.raises(ValidationError, match="exactly one of the keys hub, file, generator"):
        TaskOptions(**{**BASE, "source": source})


@pytest.mark.parametrize(
    ("source", "meant"), [({"files": "d.jsonl"}, "file"), ({"Hub": "a"}, "hub"), ({"genrator": "vars"}, "generator")]
)
def test_a_misspelt_kind_of_source_is_named_with_the_nearest(source, meant):
    with pytest.raises(ValidationError, match=f"hub, file, generator. Did you mean '{meant}'"):
        TaskOptions(**{**BASE, "source": source})


@pytest.mark.parametrize(("how", "meant"), [("gms8k", "gsm8k"), ("Boxed", "boxed"), ("JSON", "json"), ("box", "boxed")])
def test_a_misspelt_way_to_extract_is_no_expression(how, meant):
    with pytest.raises(ValidationError, match=f"'{how}' would find that very word only. Did you mean '{meant}'"):
        TaskOptions(**{**BASE, "fields": {"extract": {"answer": how}}})


@pytest.mark.parametrize("how", ["gsm8k", "boxed", "json", r"answer: (\d+)", "yes|no", "gsm.k"])
def test_ways_to_extract(how):
    options = TaskOptions(**{**BASE, "fields": {"extract": {"answer": how}}})
    assert options.fields.extract == {"answer": how}


def test_a_misspelt_key_of_a_source_is_named():
    with pytest.raises(ValidationError) as caught:
        TaskOptions(**{**BASE, "source": {"hub": "a", "spilt": "b"}})
    assert caught.value.errors()[0]["loc"] == ("source", "hub", "spilt")


@pytest.mark.parametrize(
    "bad",
    [
        {"exmples": 2},
        {"examples": -1},
        {"examples": True},
        {"examples": [{"prompt": "no solution"}]},
        {"weight": -1},
        {"format": "html"},
        {"name": ""},
        {"fields": {"extract": {"answer": "("}}},
        {"splits": {"test": -1}},
        {"splits": {"test": 1.0}},
        {"splits": {"test": 0.0}},
        {"splits": {"test": True}},
        {"splits": {"test": "rest"}},
    ],
)
def test_what_makes_no_sense_is_refused(bad):
    with pytest.raises(ValidationError):
        TaskOptions(**{**BASE, **bad})


def test_numbers_of_splits_keep_their_types():
    splits = Splits(train=400, validation=0.1, test="test")
    assert [type(part) for part in (splits.train, splits.validation, splits.test)] == [int, float, str]


def test_references_of_composites_nest():
    fields = {"reference": {"tags": {}, "answer": {"answer": "solution"}}}
    assert TaskOptions(**BASE, fields=fields).fields.reference == fields["reference"]


def test_the_spec_of_the_verifier():
    options = TaskOptions(**{**BASE, "verifier": {"name": "math", "options": {"rel_tol": 0.1}}})
    assert (options.verifier.spec.name, options.verifier.spec.options) == ("math", {"rel_tol": 0.1})
