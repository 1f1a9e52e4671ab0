"""The page for reviewers: what it holds, and what it does in a browser."""

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import ACTIONS, dilemma_from_record, read_dilemmas
from mores.instruments.judgements import read_judgements, set_fingerprint
from mores.report.review_page import QUESTIONS, review_page

sys.path.insert(0, os.path.dirname(__file__))
from page_reading import Page

HOSTILE = "</script><img src=x onerror=alert(1)>&<!-- \u202e {{7*7}} `${1}`"


def hostile(name="own--work"):
    actions = {f"option_{a.replace('-', '_')}": f"I do {a}. {HOSTILE}" for a in ACTIONS}
    return dilemma_from_record(
        {
            "id": name,
            "value": "own",
            "value_label": "<b>Own</b>",
            "value_definition": HOSTILE,
            "topic": "<i>topic</i>",
            "scenario_text": HOSTILE,
            "scenario_reasoning": HOSTILE,
            **actions,
        }
    )


def style_of(page):
    return next(e.text for e in page.all("style"))


def test_the_page_runs_its_own_script_and_style_alone():
    page = Page(review_page([hostile()], [hostile()], title="<b>T</b>"))
    page.check_safe()
    policy = next(e.attributes["content"] for e in page.all("meta") if "content" in e.attributes)
    digest = base64.b64encode(hashlib.sha256(style_of(page).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert not any("style" in e.attributes for e in page.elements)
    assert not page.all("b")
    assert not page.all("img")
    assert "\u202e" not in page.source
    assert "http:" not in page.source
    assert "https:" not in page.source


def test_the_script_makes_no_markup_of_texts():
    code = next(
        e.text
        for e in Page(review_page([hostile()], [hostile()])).all("script")
        if not e.attributes
    )
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ):
        assert word not in code


def test_texts_are_data_and_nothing_else():
    page = Page(review_page([hostile()], [hostile()]))
    assert "onerror" not in page.words
    one = page.data["dilemmas"][0]
    assert one["scenario"] == HOSTILE.replace("\u202e", "\\u202e")
    assert [a["text"].split(".")[0] for a in one["actions"]] == [f"I do {a}" for a in ACTIONS]
    assert one["text"] == hostile().text_digest
    assert page.source.count("</script>") == 2


def test_what_the_page_says_of_itself():
    every = read_dilemmas()
    data = Page(review_page(every[3:5], every, seed=4)).data
    assert data["set"] == set_fingerprint(every) == set_fingerprint(every[::-1])
    assert [d["id"] for d in data["dilemmas"]] == [d.id for d in every[3:5]]
    assert [p["id"] for p in data["places"]] == list(ACTIONS)
    assert [c["name"] for c in data["checks"]] == list(CHECKS) == list(QUESTIONS)
    assert review_page(every[3:5], every, seed=4) == review_page(every[3:5], every, seed=4)
    others = [
        Page(review_page(every[3:6], every, seed=4)).data["page"],
        Page(review_page(every[3:5], every, seed=5)).data["page"],
        Page(review_page(every[3:5], every[:9], seed=4)).data["page"],
    ]
    assert len({data["page"], *others}) == 4


# What a reviewer does, and what is then there; runs after the page's own script. Files are read from
# memory, so that all of it is done before the page counts as loaded.
DRIVER = """
const $ = (id) => document.getElementById(id), card = $("card"), seen = {};
const boxes = () => [...card.querySelectorAll("fieldset")];
const inputs = (n) => boxes().map((box) => box.querySelectorAll("input")[n]);
const orders = (name) => { $("reviewer").value = name; $("begin").click();
  return [...card.querySelectorAll("fieldset .text")].map((p) => p.textContent.slice(5, 12)).join(); };
$("begin").click(); seen.nameless = $("told").textContent;
seen.first = orders(" Rev  1 ");
seen.blind = card.textContent;
$("close").click(); seen.lacks = card.querySelector(".missing").textContent;
const shown = [...card.querySelectorAll("fieldset .text")].map((p) => p.textContent);
const PLACES = JSON.parse($("data").textContent).places.map((p) => p.id);
// by key: what is meant, but the first action of the page strongly opposed
inputs(0)[0].focus();
shown.forEach((text, i) => {
  const k = i === 0 ? 5 : PLACES.findIndex((p) => text.startsWith(`I do ${p}.`));
  boxes()[i].dispatchEvent(new KeyboardEvent("keydown", { key: String(k + 1), bubbles: true }));
});
seen.turned = PLACES.find((p) => shown[0].startsWith(`I do ${p}.`));
seen.unlabelled = !card.querySelector(".labelled");
$("close").click();
seen.labels = [...card.querySelectorAll(".labelled .label")].map((p) => p.textContent);
seen.locked = card.querySelectorAll("[name^=place]").length;
$("close").click(); seen.unanswered = card.querySelector(".missing").textContent;
inputs(0).forEach((input) => input.click());
inputs(1)[2].click();
$("close").click(); seen.unreasoned = card.querySelector(".missing").textContent;
const area = card.querySelectorAll("textarea")[2];
area.value = "Lacks <b>this</b>\\u0007."; area.dispatchEvent(new Event("input"));
$("remark").value = "Fine."; $("remark").dispatchEvent(new Event("input"));
$("close").click();
seen.progress = $("progress").textContent;
globalThis.Blob = class { constructor(parts) { seen.saved = parts.join(""); } };
URL.createObjectURL = () => "#";
$("save").click();
const put = async (text) => {
  File.prototype.text = () => Promise.resolve(text);
  const held = new DataTransfer();
  held.items.add(new File([text], "a.json"));
  $("file").files = held.files;
  $("file").dispatchEvent(new Event("change"));
  while ($("file").files.length) await null; // emptied when the file is dealt with
  return $("told").textContent;
};
(async () => {
  const text = seen.saved;
  seen.stored = Object.keys(localStorage).length;
  globalThis.confirm = () => true;
  $("home").click(); $("anew").click();
  seen.emptied = Object.keys(localStorage).length;
  seen.again = orders("rev 1");
  $("anew").click();
  seen.other = orders("Rev 2");
  const elsewhere = text.replace(/"page": "..../, '"page": "____');
  seen.bad = [await put("{"), await put("[]"), await put(elsewhere)];
  seen.loaded = await put(text);
  seen.after = $("progress").textContent;
  const out = document.createElement("pre"); out.id = "seen"; out.textContent = JSON.stringify(seen);
  document.body.append(out);
})();
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a browser shows as a reviewer goes through the page."""
    if shutil.which("chromium") is None:
        pytest.skip("needs a browser")
    folder = tmp_path_factory.mktemp("review")
    shown = [hostile(), replace(hostile("__proto__"), scenario_text="Again.")]
    digest = base64.b64encode(hashlib.sha256(DRIVER.encode()).digest()).decode()
    page = review_page(shown, shown, seed=3, title="T")
    page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    page = page.replace("</body>", f"<script>{DRIVER}</script></body>")
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'user'}", "--virtual-time-budget=20000",
        "--enable-logging=stderr", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    body = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    assert "<img" not in body
    found = re.search(r'<pre id="seen">(.*?)</pre>', body, re.DOTALL)
    return shown, json.loads(html.unescape(found[1])), folder


def test_labels_are_shown_when_the_reading_is_closed_and_not_before(seen):
    _, said, _ = seen
    assert said["nameless"] == "Give a name or a code first."
    assert "onerror=alert(1)>" in said["blind"]
    assert "Author" not in said["blind"]
    assert "<i>topic</i>" not in said["blind"]
    assert said["lacks"] == "6 actions have no place yet."
    assert said["unlabelled"]
    assert [label.partition(", ")[2] for label in said["labels"]] == [
        "strongly", "moderately", "mildly", "mildly", "moderately", "strongly",
    ]  # fmt: skip
    assert said["locked"] == 0
    assert said["unanswered"] == said["unreasoned"]
    assert said["unreasoned"] == "Each question needs a yes, or a no with a reason."
    assert said["progress"] == "Dilemma 2 of 2 · 1 finished · unsaved"


def test_orders_are_the_reviewers_own(seen):
    _, said, _ = seen
    assert said["first"] == said["again"]
    assert said["first"] != said["other"]
    assert sorted(said["first"]) == sorted(said["other"])


def test_what_is_saved_is_read_and_loads_again(seen):
    shown, said, folder = seen
    path = folder / "judgements.json"
    path.write_text(said["saved"], "utf-8")
    file = read_judgements(path)
    assert (file.reviewer, file.seed, file.set) == ("Rev 1", 3, set_fingerprint(shown))
    (one,) = file.judgements
    assert (one.id, one.text) == (shown[0].id, shown[0].text_digest)
    assert one.order[0] == said["turned"]
    meant = list(ACTIONS)
    meant[ACTIONS.index(said["turned"])] = "b-strong"
    assert one.placed == tuple(meant)
    assert [one.checks[name].passed for name in CHECKS] == [True, True, False, True]
    assert one.checks["sufficiency"].reason == "Lacks <b>this</b>."
    assert (one.remark, one.all_checked) == ("Fine.", True)
    assert (said["stored"], said["emptied"]) == (1, 0)
    assert [text.partition(":")[0] for text in said["bad"]] == [
        "This file cannot be read",
        "This file holds no judgements that this page can read.",
        "This file was saved from another page",
    ]
    assert said["loaded"] == "Loaded: 1 of 1 dilemma in the file."
    assert said["after"] == "Dilemma 2 of 2 · 1 finished"
