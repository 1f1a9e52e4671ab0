"""A page as HTML: one file that opens offline, from which no request can leave."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.report.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

    from mores.report.blocks import Page

__all__ = ["embedded_json", "filled", "policy", "rendered"]

_TEMPLATES = Path(__file__).parent / "templates"


def rendered(page: Page) -> str:
    """A page as HTML.

    Whatever a model or a study's author wrote is escaped, with control, direction and zero-width
    characters as visible escapes. Style and script are part of the file; the page's content security
    policy allows no other script, no form and no connection.

    Parameters
    ----------
    page : Page

    Returns
    -------
    str
        The HTML document.
    """
    return filled("page.html.j2", page.data, page=page)


def filled(
    template: str,
    data: Any = None,
    *,
    style: Sequence[str] = (),
    library: str = "",
    script: Sequence[str] = (),
    style_by_hash: bool = False,
    **values: Any,
) -> str:
    """A template as HTML, in the house style and under the policy of `rendered`.

    Parameters
    ----------
    template : str
        Name of one of the package's templates.
    data : optional
        JSON-serialisable; the page's script reads it.
    style, script : sequence of str
        Names of further style sheets and scripts among the templates.
    library : str
        Source of a library that the scripts need.
    style_by_hash : bool
        Allow the page's own style sheet alone, and no style on an element.
    **values
        What the template shows; texts are escaped.
    """
    from markupsafe import Markup

    code = "\n".join([*([library] if library else []), *map(_source, ("report.js", *script))])
    sheet = "".join(map(_source, ("report.css", *style)))
    return (
        _environment()
        .get_template(template)
        .render(
            policy=policy(code, sheet if style_by_hash else None),
            # Our own files and JSON with its angle brackets escaped: neither can end its element.
            style=Markup(sheet),  # noqa: S704
            script=Markup(code),  # noqa: S704
            data=Markup("" if data is None else embedded_json(data)),  # noqa: S704
            markup=Markup,
            **values,
        )
    )


def policy(script: str, style: str | None = None) -> str:
    """A content security policy under which this script alone runs, and nothing is fetched.

    Parameters
    ----------
    script : str
        The page's code.
    style : str, optional
        The page's style sheet, if no other style is to count; any that is in the page unless given.
    """
    styles = "'unsafe-inline'" if style is None else _hash(style)
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {styles}; img-src "
        "data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    digest = base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def embedded_json(data: Any) -> str:
    """JSON that can stand inside a script element: no markup, no line separators of JavaScript."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    escapes: dict[str, str | int | None] = {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
    return text.translate(str.maketrans(escapes))


@cache
def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
