from dataclasses import replace
from pathlib import Path

import pytest

from mores.errors import ModelError
from mores.models.interface import Capabilities
from mores.studies.registry import read_study
from mores.studies.study import check_capabilities


class Plain:
    spec = "http://127.0.0.1/v1#plain"
    capabilities = Capabilities(structured="none", sampling=("temperature", "max_tokens"))


def study(text):
    return read_study(f'study = "value-action"\n{text}', "test", Path()).file


def test_what_a_model_lacks_is_noted_unless_required():
    check_capabilities(study("[sampling]\ntop_k = 64"), Plain)


def test_structured_output_may_be_required():
    with pytest.raises(ModelError, match=r"structured output.*set it to 'auto'"):
        check_capabilities(study('[asking]\nstructured = "required"'), Plain)


def test_sampling_may_be_required():
    file = study("[sampling]\nrequired = true\ntemperature = 0.2\ntop_k = 64")
    with pytest.raises(ModelError, match="does not take top_k"):
        check_capabilities(file, Plain)
    able = type(
        Plain.__name__,
        (Plain,),
        {
            "capabilities": replace(
                Plain.capabilities, sampling=("temperature", "top_k", "max_tokens")
            )
        },
    )
    check_capabilities(file, able)
