"""How the documentation is built: ``sphinx-build -W -b html docs docs/_build``."""

import re
from typing import Any, get_origin

from mores.version import __version__

project = "mores"
author = "The mores developers"
project_copyright = "The mores developers; code Apache-2.0, data CC BY 4.0"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
]
exclude_patterns = ["_build", "parts", "reference/generated/README.md"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"mores {version}"
default_role = "py:obj"

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_attributes_as_param_list = True
numpydoc_xref_param_type = False


def bars_are_no_substitutions(
    app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """In reStructuredText ``|x|`` is a substitution; in our docstrings it is an absolute value."""
    for number, line in enumerate(lines):
        if "|" in line and not re.search(r"``|:math:|::|=\s=|\+-", line):
            lines[number] = line.replace("|", r"\|")


def aliases_have_no_signature(
    app: Any, what: str, name: str, thing: Any, skip: bool, options: Any
) -> bool | None:
    """Autodoc cannot write the signature of an alias such as ``tuple[int, ...]``."""
    return True if get_origin(thing) is tuple else None


def setup(app: Any) -> None:
    app.connect("autodoc-skip-member", aliases_have_no_signature)
    app.connect("autodoc-process-docstring", bars_are_no_substitutions)
