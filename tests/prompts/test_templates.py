import pytest

from mores.errors import PromptError
from mores.prompts.templates import TemplateSet, template_set

CONTEXT = {
    "persona": None,
    "variables": True,
    "scenario": "You are asked.",
    "value": "Equality",
    "options": [("A", "yes"), ("B", "no")],
    "field": "value",
    "last_letter": "B",
}


def with_template(folder, text):
    (folder / "value.j2").write_text(text, encoding="utf-8")
    return TemplateSet("en", "value_action", folder)


def test_an_own_template_takes_the_place_of_the_shipped_one(tmp_path):
    own = with_template(tmp_path, "{{ scenario }} {{ value }}?")
    assert own.render("value.j2", CONTEXT) == "You are asked. Equality?"
    assert "action would" not in own.render("value.j2", CONTEXT)
    assert own.digest() != template_set("en", "value_action").digest()


def test_an_own_template_may_include_a_shipped_one(tmp_path):
    own = with_template(tmp_path, '{% include "scenario.j2" %}')
    assert "You are asked." in own.render("value.j2", CONTEXT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nope }}", "nope"),
        ("{% if %}", "line 1"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ scenario.__init__.__globals__ }}", "unsafe"),
        ("{% include '../../../etc/passwd' %}", "passwd"),
        ("{% include 'absent.j2' %}", "absent.j2"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ options.append(1) }}", "append"),
        ("{% for i in range(999999999) %}x{% endfor %}", "Range too big"),
    ],
)
def test_a_faulty_or_hostile_template_is_one_clear_error(tmp_path, text, said):
    with pytest.raises(PromptError, match=r"value\.j2") as caught:
        with_template(tmp_path, text).render("value.j2", CONTEXT)
    assert said.lower() in str(caught.value).lower()


def test_a_language_without_templates_is_named_with_those_there_are():
    with pytest.raises(PromptError, match="'xx'; allowed: en"):
        TemplateSet("xx", "value_action")


def test_a_template_folder_that_is_not_there(tmp_path):
    with pytest.raises(PromptError, match="does not exist"):
        TemplateSet("en", "value_action", tmp_path / "absent")
