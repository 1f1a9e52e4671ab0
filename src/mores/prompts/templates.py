"""Prompt templates: Jinja files by language and protocol, a user's own on top, always sandboxed.

A template sees only the names that the protocol documents; an unknown name is an error rather than
an empty string. Nothing is escaped: a prompt is plain text. Files are read once, so that what is
rendered is what the digest is of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mores.errors import PromptError

if TYPE_CHECKING:
    import jinja2

__all__ = ["TemplateSet", "template_set"]

SHIPPED = Path(__file__).parent / "templates"


class TemplateSet:
    """The templates of one protocol in one language.

    Parameters
    ----------
    language : str
        Language of the prompts, such as ``"en"``.
    protocol : str
        Name of the protocol's folder, such as ``"value_action"``.
    own : Path or None
        A folder whose ``.j2`` files of the same names take the place of the shipped ones, and may
        include them or each other.

    Attributes
    ----------
    own : mapping of str to bytes
        Names and contents of the user's own files; empty without any.

    Raises
    ------
    PromptError
        If there are none in the language, or the own ones cannot be read or replace none.
    """

    def __init__(self, language: str, protocol: str, own: Path | None = None) -> None:
        from jinja2 import DictLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        languages = sorted(p.name for p in SHIPPED.iterdir() if (p / protocol).is_dir())
        if language not in languages:
            raise PromptError(
                f"no {protocol} templates in language {language!r}; allowed: {', '.join(languages)}; "
                "remedy: set language to one of these"
            )
        shipped = _sources(SHIPPED / language / protocol)
        self.own: Mapping[str, bytes] = {} if own is None else _own_sources(own, shipped)
        self._sources = {**shipped, **self.own}
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader({k: _decoded(k, v) for k, v in self._sources.items()}),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
        )
        self._loaded: dict[str, jinja2.Template] = {}

    def digest(self, variant: str = "") -> str:
        """SHA-256 over names and contents of the files in effect; part of a study's fingerprint.

        Parameters
        ----------
        variant : str, optional
            Which of the shipped templates that come in variants, such as ``value.user.j2``, are in
            effect; those of others do not count.
        """
        total = hashlib.sha256()
        for name, content in sorted(self._sources.items()):
            if name not in self.own and name.count(".") > 1 and name.split(".")[1] != variant:
                continue
            total.update(f"{name}\0{len(content)}\0".encode() + content)
        return total.hexdigest()

    def syntax(self, name: str) -> jinja2.nodes.Template:
        """What a template consists of.

        Raises
        ------
        PromptError
            If the template does not exist or does not parse.
        """
        import jinja2

        content = self._sources.get(name)
        if content is None:
            raise PromptError(f"there is no template {name!r}; allowed: {', '.join(self._sources)}")
        try:
            return self._environment.parse(_decoded(name, content), name)
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.name or name}, line {error.lineno}"
            raise PromptError(f"template {where}: {error.message}; mend the template") from None

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """The text of one template, without surrounding blank lines.

        Raises
        ------
        PromptError
            If the template does not exist, does not parse, uses a name that it is not given, or
            reaches for something that the sandbox forbids.
        """
        import jinja2

        try:
            template = self._loaded.get(name)
            if template is None:
                template = self._loaded[name] = self._environment.get_template(name)
            return template.render(context).strip("\n")
        except jinja2.TemplateSyntaxError as error:
            where = f"{error.name or name}, line {error.lineno}"
            raise PromptError(f"template {where}: {error.message}; mend the template") from None
        except jinja2.UndefinedError as error:
            known = ", ".join(sorted(context)) or "no names"
            raise PromptError(f"template {name}: {error.message}; it may use: {known}") from None
        except jinja2.TemplateNotFound as error:
            raise PromptError(
                f"template {name}: there is no file {str(error)!r} to include; put it into the "
                "folder of templates, as a .j2 file"
            ) from None
        except RecursionError:
            raise PromptError(
                f"template {name}: includes or calls itself without end; mend the template"
            ) from None
        except (jinja2.exceptions.SecurityError, ArithmeticError, TypeError, ValueError) as error:
            raise PromptError(f"template {name}: {error}; mend the template") from None


def _sources(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.j2"))}


def _own_sources(folder: Path, shipped: Mapping[str, bytes]) -> dict[str, bytes]:
    if not folder.is_dir():
        raise PromptError(
            f"template folder {str(folder)!r} does not exist; create it or leave it out"
        )
    try:
        found = _sources(folder)
    except OSError as error:
        raise PromptError(
            f"template {error.filename} cannot be read ({error.strerror}); check that it is a file, "
            "and its permissions"
        ) from None
    if not found.keys() & shipped.keys():
        raise PromptError(
            f"template folder {str(folder)!r} replaces no template; allowed: one or more of "
            f"{', '.join(shipped)}"
        )
    return found


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PromptError(f"template {name} is not UTF-8 text; save it as UTF-8") from None


def template_set(language: str, protocol: str, own: Path | None = None) -> TemplateSet:
    """The `TemplateSet`; without a folder of one's own, compiled once a process."""
    return _shipped(language, protocol) if own is None else TemplateSet(language, protocol, own)


@cache
def _shipped(language: str, protocol: str) -> TemplateSet:
    return TemplateSet(language, protocol)
