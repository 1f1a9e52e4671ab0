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


def test_a_digest_is_of_the_files_in_effect(tmp_path):
    shipped = template_set("en", "value_action")
    plain, user = shipped.digest(), shipped.digest("user")
    assert plain == shipped.digest("persona") != user
    assert len({plain, user, shipped.digest("third-person")}) == 3
    # one's own variant counts, whichever is in effect; it may be included by others
    (tmp_path / "value.user.j2").write_text("{{ scenario }}", encoding="utf-8")
    own = TemplateSet("en", "value_action", tmp_path)
    assert own.digest() != plain
    assert own.digest("user") not in (user, own.digest())


@pytest.mark.parametrize("framing", ["user", "third-person"])
@pytest.mark.parametrize("variables", [True, False])
def test_variants_of_a_persona_are_of_one_shape(framing, variables):
    context = CONTEXT | {"persona": "* a line", "variables": variables}
    shipped = template_set("en", "value_action")
    one = shipped.render("persona.j2", context)
    other = shipped.render(f"persona.{framing}.j2", context)
    assert one.splitlines()[1:] == other.splitlines()[1:] == ["", "* a line"]
    assert ("10 values" in other) == variables
    assert ("10 statements" in other) == (not variables)
    assert not {"your", "Your"} & set(other.replace("\n", " ").split(" "))
    for word in ("  ", "{", "}", "opinion::"):
        assert word not in other


def test_a_language_without_templates_is_named_with_those_there_are():
    with pytest.raises(PromptError, match="'xx'; allowed: en"):
        TemplateSet("xx", "value_action")


def test_a_template_folder_that_is_not_there(tmp_path):
    with pytest.raises(PromptError, match="does not exist"):
        TemplateSet("en", "value_action", tmp_path / "absent")
