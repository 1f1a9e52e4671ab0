import pytest

from mores.report.reproduction import identity_text, reproduce_section


def manifest(simulated=False, **identity):
    model = {"spec": "http://host:1/v1#a b", "simulated": simulated, "identity": identity}
    return {"model": model, "fingerprint": {"seed": 7, "prompts": "ab"}}


def test_the_identity_is_a_line_without_unseen_characters():
    text = identity_text(manifest(kind="http", level=0.5, name="a\u202eb\n"))
    assert text == "kind http, level 0.5, name a\\u202eb\\n."
    assert len(identity_text(manifest(name="z" * 100_000))) < 1600


@pytest.mark.parametrize("simulated", [True, False])
def test_the_commands_are_quoted_for_a_shell(simulated):
    section = reproduce_section(manifest(simulated), "my run", "What there is", "--where a=b")
    prose, code, digests = section.blocks
    assert "mores run 'my run/study.toml' --model 'http://host:1/v1#a b'" in code.text
    assert "--out 'my run-again'" in code.text
    assert "mores answers 'my run' --where a=b" in code.text
    assert digests.text == "seed: 7\nprompts: ab"
    assert prose.paragraphs[0].startswith("What there is; ")
    assert ("deterministic" in prose.paragraphs[0]) is simulated
