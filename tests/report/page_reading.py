"""How tests read a page: its elements, its policy, its data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Reader(HTMLParser):
    """Collects every element with its own text."""

    elements: list[Element] = field(default_factory=list)
    stack: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {k: v or "" for k, v in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            if self.stack.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        for element in self.stack[-1:]:
            element.text += data


class Page:
    """A parsed page."""

    def __init__(self, text: str) -> None:
        self.source = text
        reader = Reader()
        reader.feed(text)
        reader.close()
        self.elements = reader.elements

    def all(self, tag: str) -> list[Element]:
        return [e for e in self.elements if e.tag == tag]

    @property
    def words(self) -> str:
        """What a reader reads, without style, script and data."""
        return " ".join(e.text for e in self.elements if e.tag not in ("script", "style"))

    @property
    def data(self) -> dict[str, Any]:
        found = [e for e in self.all("script") if e.attributes.get("type") == "application/json"]
        return dict(json.loads(found[0].text))

    def check_safe(self) -> None:
        """No code but ours, no handler, nothing fetched."""
        scripts = self.all("script")
        code = [s for s in scripts if "type" not in s.attributes]
        assert len(code) == 1
        assert len(scripts) <= 2
        policy = next(
            e.attributes["content"]
            for e in self.all("meta")
            if e.attributes.get("http-equiv") == "Content-Security-Policy"
        )
        digest = base64.b64encode(hashlib.sha256(code[0].text.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}';" in policy
        assert policy.startswith("default-src 'none';")
        for element in self.elements:
            assert element.tag not in ("iframe", "object", "embed", "link", "base", "form", "video")
            for name, value in element.attributes.items():
                assert not name.startswith("on"), (element.tag, name)
                if name in ("src", "href", "xlink:href", "action", "formaction", "srcset", "data"):
                    assert value.startswith(("#", "data:image/png;base64,")), (element.tag, value)
                assert "javascript:" not in value.lower()
                if name == "style":
                    assert not re.search(r"url\((?!\s*[\"']?#)|expression|@import", value)
        for style in self.all("style"):
            assert "url(" not in style.text
            assert "@import" not in style.text
