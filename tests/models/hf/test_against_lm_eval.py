"""A library that scores whole strings agrees; runs where lm-eval is installed, which CI has not."""

from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("lm_eval") is None:
    pytest.skip("lm-eval is not there (opt-in)", allow_module_level=True)

from mores.models.hf.forms import OptionPrompt
from mores.records import Message

TEN = tuple(str(n) for n in range(1, 11))
FORMS = ("{}", " {}", "{}.", " {}.")
ENDINGS = ("<|endoftext|>", "\n")


@pytest.mark.parametrize("splits_digits", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_whole_strings(loaded, scorer, splits_digits) -> None:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    # without a chat template, since lm-eval moves white space at a context's end
    model = loaded(splits_digits=splits_digits, kind="gqa", template="none")
    prompt = OptionPrompt((Message("user", "How important is religion? 1 … 10"),), TEN)
    context = model.template.render(prompt.messages)
    asked = [
        Instance("loglikelihood", {}, (context, form.format(label) + ending), i)
        for i, label in enumerate(TEN)
        for form in FORMS
        for ending in ENDINGS
    ]
    other = HFLM(pretrained=model.model, tokenizer=model.tokenizer, batch_size=1)
    logs = np.array([log for log, _ in other.loglikelihood(asked, disable_tqdm=True)])
    wanted = np.logaddexp.reduce(logs.reshape(len(TEN), -1), axis=1)
    scores = scorer(model).score([prompt])[0]
    wide = scores.forms.index("wide")
    found = np.logaddexp.reduce(np.delete(scores.log_masses, wide, axis=1), axis=1)
    assert found == pytest.approx(wanted, abs=1e-3)
