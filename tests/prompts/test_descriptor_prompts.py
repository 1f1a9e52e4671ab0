"""What a model is asked for descriptors."""

import jsonschema
import pytest

from mores.errors import PromptError
from mores.instruments.survey import wvs7
from mores.prompts.descriptor_prompts import (
    correction,
    descriptor_prompts,
    descriptor_request,
    descriptor_schema,
)

GOLDEN = """\
For each possible response, provide a short sentence describing the person who gave that answer. The \
descriptions should be composable, such that one descriptor per question can be combined into a coherent \
role-play persona. Each descriptor should trigger the target response. Start each descriptor with “You.”

Question:
Generally speaking, would you say that most people can be trusted or that you need to be very careful in \
dealing with people?

Options:
1 = Most people can be trusted
2 = Need to be very careful

Answer with one JSON object and nothing else. Its keys are the numbers of the options, "1", "2"; the value \
of each is its sentence, of at most 300 characters."""  # noqa: E501


def test_the_whole_request():
    assert descriptor_request("no-hedge", wvs7().item("A165"), 300) == GOLDEN


def test_steps_without_a_label_and_indices():
    god = descriptor_request("modular", wvs7().item("F063"), 300)
    assert "\n1 = Not at all important\n2\n3\n" in god
    children = descriptor_request("composable", wvs7().item("Y003"), 300)
    assert "This is an index of qualities" in children
    assert '"-2", "-1", "0", "1", "2"' in children
    assert len({descriptor_request(p, wvs7().item("A008"), 300) for p in descriptor_prompts()}) == 3


def test_no_such_prompt():
    with pytest.raises(PromptError, match="did you mean 'modular'"):
        descriptor_request("modulr", wvs7().item("A008"), 300)


def test_the_schema_takes_a_whole_answer_and_no_other():
    schema = descriptor_schema(wvs7().item("Y003"))
    whole = {str(code): "You …" for code in range(-2, 3)}
    jsonschema.validate(whole, schema)
    for wrong in ({}, whole | {"3": "You …"}, whole | {"0": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_correction_names_the_first_faults():
    assert correction(["a", "b"]) == (
        "That cannot be used:\n- a\n- b\nAnswer with the whole JSON object again, mended."
    )
    assert "- 11\n- and 3 more\n" in correction([str(n) for n in range(15)])
