"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, text, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    if (text !== undefined && text !== null) node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const LETTERS = "ABCDEF";
  const IDLE = 60000; // without a sign of the reader for so long, time is not counted
  const PLACES = data.places.map((place) => place.id);
  const CHECKS = data.checks.map((check) => check.name);
  const STORED = `mores-review-${data.page}`;
  const { blank, blankEntry, begun, whole, clean, oneLine, moment, taken } = reviewRecord(data);
  const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

  // What is kept
  let state = blank();
  let keeping = true;
  let timer = 0;
  const warn = (text) => { $("warning").textContent = text; $("warning").hidden = !text; };
  const tell = (text) => { $("told").textContent = text; };
  const unsaved = () => state.changed !== null && Object.keys(state.entries).length > 0;
  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    if (!keeping || !state.started) return;
    try {
      localStorage.setItem(STORED, JSON.stringify(state));
    } catch {
      keeping = false;
      warn("This browser keeps nothing between visits. Save judgements to a file before you leave.");
    }
  };
  const changed = () => {
    state.changed = now();
    if (!timer) timer = setTimeout(keep, 400);
  };
  const entry = (dilemma) => {
    state.entries[dilemma.id] ??= blankEntry(dilemma, state.reviewer);
    return state.entries[dilemma.id];
  };
  const stage = (dilemma) => {
    const found = state.entries[dilemma.id];
    if (found?.checked) return "done";
    if (found?.read) return "read";
    return begun(found) ? "begun" : "open";
  };

  // Saving to a file and loading it
  const fileText = () => {
    const judgements = data.dilemmas.filter((dilemma) => begun(state.entries[dilemma.id]))
      .map((dilemma) => ({ id: dilemma.id, ...state.entries[dilemma.id] }));
    const { kind, schema, program, set, page, seed } = data;
    const { reviewer, started, saved } = state;
    return JSON.stringify({ kind, schema, program, set, page, seed, reviewer, started, saved, judgements }, null, 1);
  };
  const save = () => {
    state.saved = now();
    const url = URL.createObjectURL(new Blob([fileText()], { type: "application/json" }));
    const who = state.reviewer.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 40);
    const link = make("a", null, { href: url, download: `judgements-${who || "reviewer"}-${data.page}.json` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    state.changed = null;
    keep();
    tell(`Saved: ${link.download}, in the folder of your downloads.`);
  };
  const load = async (file) => {
    let raw = null;
    try {
      if (file.size > 64 * 2 ** 20) throw new Error("too large");
      raw = JSON.parse((await file.text()).replace(/^\ufeff/, ""));
    } catch {
      tell("This file cannot be read: it is no JSON. Choose a file that this page saved.");
      return;
    }
    if (raw?.kind !== data.kind || raw.schema !== data.schema || !Array.isArray(raw.judgements)) {
      tell("This file holds no judgements that this page can read.");
      return;
    }
    if (raw.page !== data.page) {
      tell("This file was saved from another page: other dilemmas, or texts that have changed since. Load it there.");
      return;
    }
    const found = taken(raw, raw.judgements.map((one) => [one?.id, one]));
    if (!found.reviewer || !found.started) {
      tell("This file names no reviewer, or no time at which the review began.");
      return;
    }
    if (unsaved() && !confirm(`Put this file in place of ${state.reviewer}'s judgements in this browser, which are not saved to a file?`)) return;
    state = found;
    const n = Object.keys(state.entries).length; // showing one begins its entry
    state.at = firstOpen(0);
    keep();
    work();
    tell(`Loaded: ${n} of ${raw.judgements.length} ${raw.judgements.length === 1 ? "dilemma" : "dilemmas"} in the file.`);
  };

  // Moving about
  const firstOpen = (from) => {
    const n = data.dilemmas.length;
    for (let i = 0; i < n; i += 1) if (stage(data.dilemmas[(from + i) % n]) !== "done") return (from + i) % n;
    return Math.min(from, n - 1);
  };
  const go = (at) => {
    state.at = Math.max(0, Math.min(data.dilemmas.length - 1, at));
    if (timer === 0) keep();
    show(true);
  };
  const MARKS = { done: ["✓", "finished"], read: ["◐", "read, not yet checked"], begun: ["…", "begun"], open: ["·", "open"] };
  const refresh = () => {
    const n = data.dilemmas.length;
    const stages = data.dilemmas.map(stage);
    const done = stages.filter((s) => s === "done").length;
    const read = stages.filter((s) => s === "read").length;
    $("meter").max = n;
    $("meter").value = done;
    $("progress").textContent = `Dilemma ${state.at + 1} of ${n} · ${done} finished${read ? `, ${read} read` : ""}${unsaved() ? " · unsaved" : ""}`;
    $("back").disabled = state.at === 0;
    $("next").disabled = state.at === n - 1;
    $("next").textContent = stages[state.at] === "done" ? "Next" : "Skip";
    $("open").disabled = done === n;
    if (!$("all").open) return;
    $("overview").replaceChildren(...stages.map((s, i) => {
      const button = make("button", `${i + 1} ${MARKS[s][0]}`, { type: "button", "aria-label": `Dilemma ${i + 1}, ${MARKS[s][1]}` });
      if (i === state.at) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => go(i));
      return button;
    }));
  };

  // One dilemma
  const radio = (name, label, words, checked, pick) => {
    const input = make("input", null, { type: "radio", name, "aria-label": words });
    input.checked = checked;
    input.addEventListener("change", pick);
    return make("label", null, { class: "tile" }, input, make("span", label));
  };
  const about = (dilemma) => make("p", null, { class: "about" }, "The value: ", make("strong", dilemma.value), `, that is: ${dilemma.definition}`);
  const boxes = () => [...$("card").querySelectorAll("fieldset")];

  const reading = (dilemma, found) => {
    const place = (action, box) => (id) => {
      found.placed[PLACES.indexOf(action)] = id;
      box.classList.remove("lacks");
      box.dataset.given = "yes";
      changed();
      refresh();
    };
    return found.order.map((action, i) => {
      const box = make("fieldset", null, {}, make("legend", `Action ${LETTERS[i]}`),
        make("p", dilemma.actions[PLACES.indexOf(action)].text, { class: "text", id: `text-${i}` }));
      box.setAttribute("aria-describedby", `text-${i}`);
      const put = place(action, box);
      const given = found.placed[PLACES.indexOf(action)];
      if (given) box.dataset.given = "yes";
      const side = (letter, words) => make("div", null, { class: `side ${letter}` }, make("p", words),
        make("div", null, { class: "tiles" }, ...data.places.filter((p) => p.side === letter)
          .map((p) => radio(`place-${i}`, p.strength, p.words, given === p.id, () => put(p.id)))));
      box.append(make("div", null, { class: "sides" }, side("a", "Follows the value"), side("b", "Sets it aside")));
      // Keys 1 to 6 place the action that has the focus, and go to the next without a place.
      box.addEventListener("keydown", (event) => {
        const k = "123456".indexOf(event.key);
        if (k < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        box.querySelectorAll("input")[k].checked = true;
        put(PLACES[k]);
        const next = [...boxes().slice(i + 1), ...boxes().slice(0, i)].find((b) => !b.dataset.given);
        (next ? next.querySelector("input") : $("close")).focus();
      });
      return box;
    });
  };
  const lacking = (missing, which, words) => {
    for (const box of boxes()) box.classList.toggle("lacks", which.includes(box));
    missing.textContent = words;
    which[0].querySelector("textarea:not([hidden] textarea)")?.focus();
    if (!which[0].contains(document.activeElement)) which[0].querySelector("input").focus();
    which[0].scrollIntoView({ block: "center" });
  };
  const closeReading = (found, missing) => {
    const left = boxes().filter((box) => !box.dataset.given);
    if (left.length) {
      lacking(missing, left, left.length === 1 ? "One action has no place yet." : `${left.length} actions have no place yet.`);
      return;
    }
    found.read = now();
    changed();
    keep();
    show(true);
  };

  const labelled = (dilemma, found) => make("ol", null, { class: "labelled" }, ...data.places.map((place, i) => {
    const given = data.places.find((p) => p.id === found.placed[i]);
    const same = given.id === place.id;
    const item = make("li", null, {},
      make("p", `Meant: ${place.words}`, { class: "label" }),
      make("p", same ? "= You: the same" : `≠ You: ${given.words}`, { class: same ? "yours" : "yours other" }),
      make("p", `${LETTERS[found.order.indexOf(place.id)]}. ${dilemma.actions[i].text}`));
    if (dilemma.actions[i].why) item.append(make("p", `Author: ${dilemma.actions[i].why}`, { class: "why" }));
    return item;
  }));
  const checking = (found) => data.checks.map((check, i) => {
    const answer = found.checks[check.name];
    const box = make("fieldset", null, {}, make("legend", check.name[0].toUpperCase() + check.name.slice(1)),
      make("p", check.question, { class: "text", id: `question-${i}` }));
    box.setAttribute("aria-describedby", `question-${i}`);
    const words = make("span");
    const area = make("textarea", null, { maxlength: data.longest, rows: 2 });
    const label = make("label", null, { class: "reason" }, words, area);
    area.value = answer.reason;
    const fit = () => {
      label.hidden = answer.passed === null;
      words.textContent = answer.passed === false ? "Reason (needed; name the action or the words at fault)" : "Reason (if you like)";
    };
    const pick = (passed) => () => {
      answer.passed = passed;
      reopened(found);
      box.classList.remove("lacks");
      fit();
      changed();
      refresh();
    };
    area.addEventListener("input", () => { answer.reason = clean(area.value); reopened(found); changed(); refresh(); });
    box.append(make("div", null, { class: "answers" },
      radio(`check-${i}`, "Yes", "yes", answer.passed === true, pick(true)),
      radio(`check-${i}`, "No", "no", answer.passed === false, pick(false))), label);
    fit();
    return box;
  });
  // Checks that are changed after they were closed stay closed as long as they are whole.
  const reopened = (found) => {
    if (found.checked) found.checked = CHECKS.every((name) => whole(found.checks[name])) ? now() : null;
  };
  const closeChecks = (found, missing) => {
    const left = boxes().filter((_, i) => !whole(found.checks[CHECKS[i]]));
    if (left.length) {
      lacking(missing, left, "Each question needs a yes, or a no with a reason.");
      return;
    }
    found.checked = now();
    changed();
    keep();
    if (data.dilemmas.every((dilemma) => stage(dilemma) === "done")) {
      show(true);
      tell("All are finished. Save judgements, and hand the file in.");
    } else go(firstOpen(state.at));
  };

  const show = (jump) => {
    const dilemma = data.dilemmas[state.at];
    const found = entry(dilemma);
    const card = $("card");
    const missing = make("p", "", { class: "missing", role: "alert" });
    const closing = make("button", found.read ? (found.checked ? "Next open one" : "Finish this dilemma") : "Close the reading and show the labels",
      { type: "button", class: "main", id: "close" });
    closing.addEventListener("click", () => (found.read ? closeChecks : closeReading)(found, missing));
    const scenario = make("p", dilemma.scenario, { class: "scenario" });
    if (found.read) {
      const remark = make("textarea", null, { maxlength: data.longest, rows: 2, id: "remark" });
      remark.value = found.remark;
      remark.addEventListener("input", () => { found.remark = clean(remark.value); changed(); refresh(); });
      card.replaceChildren(
        make("h2", `Dilemma ${state.at + 1}: ${dilemma.value}, ${dilemma.topic}`), scenario, about(dilemma),
        ...(dilemma.why ? [make("p", `Author: ${dilemma.why}`, { class: "why" })] : []),
        make("h3", "What the author meant, and where you put it"), labelled(dilemma, found),
        make("h3", "Four questions"), ...checking(found),
        make("div", null, { class: "field" }, make("label", "Anything else (if you like)", { for: "remark" }), remark),
        missing, make("p", null, { class: "buttons" }, closing));
    } else {
      card.replaceChildren(
        make("h2", `Dilemma ${state.at + 1}`), scenario, about(dilemma),
        make("h3", "Where does each action stand?"),
        make("p", "Keys 1 to 6 place the action that has the focus.", { class: "note screen keys" }),
        ...reading(dilemma, found), missing, make("p", null, { class: "buttons" }, closing));
    }
    refresh();
    if (jump) {
      tell("");
      scrollTo(0, 0);
      card.focus({ preventScroll: true });
    }
  };

  // The two screens
  const start = () => {
    $("work").hidden = true;
    $("start").hidden = false;
    $("reviewer").value = state.reviewer;
    $("begin").textContent = state.started ? "Go on" : "Begin";
    $("anew").hidden = !state.started;
  };
  const work = () => {
    $("start").hidden = true;
    $("work").hidden = false;
    show(true);
  };
  $("begin").addEventListener("click", () => {
    const name = oneLine($("reviewer").value);
    if (!name) {
      tell("Give a name or a code first.");
      $("reviewer").focus();
      return;
    }
    if (name !== state.reviewer && Object.keys(state.entries).length) changed();
    state.reviewer = name;
    state.started ??= now();
    keep();
    work();
  });
  $("reviewer").addEventListener("keydown", (event) => { if (event.key === "Enter") $("begin").click(); });
  $("anew").addEventListener("click", () => {
    if (!confirm(`Remove ${state.reviewer}'s judgements from this browser${unsaved() ? ", which are not saved to a file" : ""}?`)) return;
    state = blank();
    try { localStorage.removeItem(STORED); } catch { /* nothing is kept there */ }
    start();
    tell("");
  });
  $("load").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    const file = $("file").files[0];
    if (file) load(file).finally(() => { $("file").value = ""; });
  });
  $("save").addEventListener("click", () => { save(); refresh(); });
  $("home").addEventListener("click", () => { start(); scrollTo(0, 0); });
  $("back").addEventListener("click", () => go(state.at - 1));
  $("next").addEventListener("click", () => go(state.at + 1));
  $("open").addEventListener("click", () => go(firstOpen((state.at + 1) % data.dilemmas.length)));
  $("all").addEventListener("toggle", refresh);
  addEventListener("beforeunload", (event) => {
    keep();
    if (unsaved()) event.preventDefault();
  });
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  addEventListener("storage", (event) => {
    if (event.key !== STORED || !keeping) return;
    keeping = false;
    warn("This page is open in another window too, and that one keeps your work. Close this one, or save its judgements first.");
  });

  // Time spent while someone is there
  let seen = Date.now();
  for (const sign of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    addEventListener(sign, () => { seen = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if ($("work").hidden || document.hidden || Date.now() - seen > IDLE) return;
    const found = state.entries[data.dilemmas[state.at].id];
    if (found && !found.checked) found.seconds[found.read ? "checks" : "reading"] += 1;
  }, 1000);

  try {
    const raw = JSON.parse(localStorage.getItem(STORED) ?? "null");
    if (raw) {
      state = taken(raw, Object.entries(raw.entries ?? {}));
      state.changed = moment(raw.changed);
      if (!state.reviewer) state = blank();
    }
  } catch { state = blank(); }
  start();
  if (state.started) tell(`Welcome back, ${state.reviewer}. Your work is as you left it.`);
})();
