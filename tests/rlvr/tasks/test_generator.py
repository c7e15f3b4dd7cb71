import pytest

from rlvr.errors import UsageError
from rlvr.tasks.generator import build_generator, generators
from rlvr.tasks.options import GeneratorSource


def test_the_generators_that_come_along():
    names = [entry.name for entry in generators.names()]
    assert {"functions", "keywords", "product_sum", "reasoning_gym", "sums", "vars", "word_problem"} <= set(names)
    for name in names:
        assert generators.get(name).name == name


def test_a_colon_names_the_dataset():
    source = GeneratorSource(generator="reasoning_gym:chain_sum", options={"size": 3})
    assert build_generator(source).options.dataset == "chain_sum"


def test_a_generator_of_ones_own(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from rlvr.tasks.generator import Generator\n"
        "from rlvr.tasks.row import Row\n"
        "class Mine(Generator):\n"
        "    name = 'mine'\n"
        "    def rows(self):\n"
        "        yield Row(1, {'prompt': 'a', 'answer': 'b'})\n"
    )
    (row,) = build_generator(GeneratorSource(generator=f"{file}:Mine")).rows()
    assert row.columns["answer"] == "b"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"generator": "word_problems"}, "Did you mean 'word_problem'"),
        (
            {"generator": "vars", "options": {"largst": 3}},
            "generator 'vars': unknown key 'largst'.*'largest'",
        ),
        ({"generator": "vars", "options": {"largest": 1}}, "generator 'vars': 'largest'"),
        ({"generator": "vars:x"}, "unknown key 'dataset'"),
        ({"generator": "reasoning_gym"}, "'dataset' is missing"),
    ],
)
def test_what_is_wrong_is_named(source, message):
    with pytest.raises(UsageError, match=message):
        build_generator(GeneratorSource(**source))
