import pytest

from rlvr.errors import DataError, UsageError
from rlvr.tasks import TaskOptions
from rlvr.tasks.prompt import PromptTemplate, read_prompt

SHOT = {"prompt": "1 + 1?", "solution": "It is 2"}


def template(prompt="{{ prompt }}", **options):
    source, verifier = {"file": "r.jsonl"}, {"name": "math"}
    return PromptTemplate(TaskOptions(name="t", source=source, verifier=verifier, prompt=prompt, **options))


def test_text_with_examples_as_one_continues_to_write_it():
    built = template("Q: {{ prompt }}\nA:", format="text").build({}, "2 + 2?", [SHOT, SHOT])
    assert built == "Q: 1 + 1?\nA: It is 2\nQ: 1 + 1?\nA: It is 2\nQ: 2 + 2?\nA:"


def test_text_begins_with_the_system_line():
    assert template(format="text", system="Be brief.").build({}, "2?") == "Be brief.\n2?"


def test_no_space_is_added_where_there_is_one():
    built = template("{{ prompt }}\n    return ", format="text").build({}, "b", [{"prompt": "a", "solution": "1"}])
    assert built == "a\n    return 1\nb\n    return "


def test_chat_with_examples_as_turns():
    built = template("Solve {{ prompt }}", system="Be brief.").build({}, "2 + 2?", [SHOT])
    assert built == (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Solve 1 + 1?"},
        {"role": "assistant", "content": "It is 2"},
        {"role": "user", "content": "Solve 2 + 2?"},
    )


def test_a_template_may_place_the_examples_itself():
    text = "{% for e in examples %}{{ e.prompt }} -> {{ e.solution }}\n\n{% endfor %}{{ prompt }} ->"
    assert template(text, format="text").build({}, "2?", [SHOT]) == "1 + 1? -> It is 2\n\n2? ->"
    assert len(template(text).build({}, "2?", [SHOT])) == 1


def test_messages_keep_what_came_before():
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]
    chat += [{"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    built = template("{{ prompt }}!").build({}, chat, [SHOT])
    assert [turn["content"] for turn in built] == ["s", "1 + 1?!", "It is 2", "a", "b", "c!"]


def test_columns_are_variables():
    assert template("{{ text }} {{ tests[0] }}").build({"text": "f", "tests": ["t"]}, "")[0]["content"] == "f t"


def test_rows_are_data_not_templates():
    assert template(format="text").build({}, "{{ 7 * 7 }}") == "{{ 7 * 7 }}"


def test_the_sandbox_holds():
    with pytest.raises(ValueError, match="cannot be filled in"):
        template("{{ prompt.__class__.__mro__ }}").fill({}, "a")


def test_an_unknown_variable_gets_the_nearest_name():
    with pytest.raises(ValueError, match=r"'qestion' is undefined.*Did you mean 'question'"):
        template("{{ qestion }}").fill({"question": "a"}, "a")


def test_a_broken_template_names_its_line():
    with pytest.raises(UsageError, match="task 't': `prompt` is no jinja2 template: line 2"):
        template("a\n{% if %}")


def test_two_system_messages_are_refused():
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]
    with pytest.raises(DataError, match="its rows bring a system message"):
        template(system="t").build({}, chat)


def test_text_cannot_ask_a_chat():
    chat = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    with pytest.raises(DataError, match="cannot ask a chat of 3 messages"):
        template(format="text").build({}, chat)
    assert template(format="text").build({}, chat[:1]) == "a"


def test_the_key_of_a_chat_is_all_of_it():
    first, second = ([{"role": "user", "content": t}, {"role": "user", "content": "go"}] for t in "ab")
    assert template().key_text({}, first) != template().key_text({}, second)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "'q' is empty"),
        ("  ", "'q' is empty"),
        (7, "must be text or a list of messages"),
        ([], "must be text or a list of messages"),
        (["a"], "must hold messages"),
        ([{"role": "user", "content": ["part"]}], "must hold messages"),
        (
            [{"role": "user", "content": "a"}, {"role": "assistant", "content": "4"}],
            "must end with the user's",
        ),
    ],
)
def test_what_is_no_prompt(value, why):
    with pytest.raises(ValueError, match=why):
        read_prompt(value, "q")


def test_messages_lose_foreign_keys():
    assert read_prompt([{"role": "user", "content": "a", "name": None}], "q") == [{"role": "user", "content": "a"}]
