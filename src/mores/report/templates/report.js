"use strict";
(() => {
  const make = (tag, text, attributes = {}) => {
    const node = document.createElement(tag);
    if (text !== undefined && text !== null) node.textContent = text;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const number = (x, digits = 3) => (x === null ? "–" : x.toFixed(digits).replace("-", "−"));

  // Theme
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const name = () => { button.textContent = dark() ? "Light" : "Dark"; };
  button.hidden = false;
  name();
  button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });

  // Sorting: numbers first to last or last to first, what is missing at the end
  const order = (cell) => {
    const text = cell.dataset.o ?? cell.textContent.trim();
    if (text === "–" || text === "") return null;
    const value = Number(text);
    return Number.isNaN(value) ? text.toLocaleLowerCase() : value;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  const sort = (table, column, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[table.tHead.rows.length - 1].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [order(row.cells[column]), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    for (const [, row] of rows) body.append(row);
  };
  for (const table of document.querySelectorAll("main table")) {
    const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
    [...heads].forEach((head, column) => {
      head.classList.add("sortable");
      head.tabIndex = 0;
      head.addEventListener("click", () => sort(table, column, head));
      head.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(table, column, head); }
      });
    });
  }

  // From numbers to answers
  const place = document.getElementById("tracer");
  const source = document.getElementById("data");
  if (!place || !source) return;
  const EVERYONE = "all personas", BASELINE = "baseline", STEP = 25;
  const data = JSON.parse(source.textContent);
  const arms = data.arms.map(([id, label, category, rendering, title]) => ({ id, label, category, rendering, title }));
  const unique = (pairs) => [...new Map(pairs).entries()];
  const fields = {
    category: ["Category", [...unique(arms.map((a) => [a.category, a.title.split(",")[0]])), [EVERYONE, "All personas"]]],
    persona: ["Persona", unique(arms.map((a) => [a.id, a.category === BASELINE ? "no persona" : `${a.category}: ${a.label}`]))],
    rendering: ["Rendering", unique(arms.filter((a) => a.category !== BASELINE).map((a) => [a.rendering, a.rendering]))],
    value: ["Value", [...data.values].sort((a, b) => a[1].localeCompare(b[1]))],
    topic: ["Topic", data.topics],
  };
  const selects = {};
  const filters = make("div", null, { class: "filters" });
  for (const [field, [title, choices]] of Object.entries(fields)) {
    const select = selects[field] = make("select");
    select.append(make("option", "any", { value: "" }));
    for (const [value, label] of choices) select.append(make("option", label, { value }));
    if (choices.length < 2) continue;
    const label = make("label", title);
    label.append(select);
    select.addEventListener("change", () => show());
    filters.append(label);
  }
  const sorter = make("select");
  for (const [value, label] of [["far", "largest distance first"], ["near", "smallest distance first"], ["plain", "in the order asked"]]) {
    sorter.append(make("option", label, { value }));
  }
  const sorterLabel = make("label", "Order");
  sorterLabel.append(sorter);
  sorter.addEventListener("change", () => show());
  const clear = make("button", "Clear", { type: "button" });
  clear.addEventListener("click", () => { for (const s of Object.values(selects)) s.value = ""; show(); });
  filters.append(sorterLabel, clear);
  const summary = make("p", "", { "aria-live": "polite" });
  const scroll = make("div", null, { class: "scroll" });
  const more = make("button", "Show more", { type: "button" });
  place.append(filters, summary, scroll, more);
  place.hidden = false;

  const wanted = () => {
    const chosen = Object.fromEntries(Object.entries(selects).map(([field, select]) => [field, select.value]));
    const inArm = arms.map((a) =>
      (!chosen.category || (chosen.category === EVERYONE ? a.category !== BASELINE : a.category === chosen.category)) &&
      (!chosen.persona || a.id === chosen.persona) &&
      (!chosen.rendering || a.rendering === chosen.rendering || a.category === BASELINE));
    const found = [];
    data.dilemmas.forEach((dilemma, i) => {
      if (chosen.value && data.values[dilemma[1]][0] !== chosen.value) return;
      if (chosen.topic && data.topics[dilemma[2]][0] !== chosen.topic) return;
      inArm.forEach((yes, j) => { if (yes) found.push(i * arms.length + j); });
    });
    const last = (x) => (data.d[x] === null ? 1 : 0);
    if (sorter.value !== "plain") {
      const sign = sorter.value === "far" ? -1 : 1;
      found.sort((x, y) => last(x) - last(y) || sign * ((data.d[x] ?? 0) - (data.d[y] ?? 0)) || x - y);
    }
    return found;
  };

  const optionText = (question, option) => data.options[question][option];
  const outcome = { r: "refused", u: "could not be coded", f: "failed", ".": "not asked" };
  const quoted = (text) => (/^[\w.\-/]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

  const replies = (pair) => {
    const table = make("table");
    const head = make("tr");
    const heads = ["Question", "Repeat", "Shown at", "Answer", "Score", "Read as", "Key"];
    if (data.texts) heads.push("Reply");
    for (const text of heads) head.append(make("th", text, { scope: "col", class: text === "Score" ? "n" : "" }));
    table.createTHead().append(head);
    const body = table.createTBody();
    ["value", "action"].forEach((question, q) => {
      for (let repeat = 0; repeat < data.repeats; repeat += 1) {
        const slot = (pair * 2 + q) * data.repeats + repeat;
        const code = data.choice[slot];
        const option = parseInt(code, 36);
        const coded = /[0-9A-Z]/.test(code);
        const shown = parseInt(data.place[slot], 36);
        const row = make("tr");
        row.append(make("th", question, { scope: "row" }), make("td", String(repeat + 1)),
          make("td", coded ? String.fromCharCode(64 + shown) : "–"),
          make("td", coded ? optionText(question, option) : outcome[code]),
          make("td", coded ? number(data.scores[question][option], 1) : "–", { class: "n" }),
          make("td", code === "." ? "–" : data.reasons[data.reason[slot]], { class: "reason" }));
        const key = data.keys.slice(slot * data.keyDigits, (slot + 1) * data.keyDigits).trim();
        const cell = make("td");
        if (key) cell.append(make("code", `m1-${key}`));
        row.append(cell);
        if (data.texts) {
          const reply = make("td");
          reply.append(make("div", data.texts[slot] ?? "", { class: "reply" }));
          row.append(reply);
        }
        body.append(row);
      }
    });
    return table;
  };

  const detail = (pair, span) => {
    const dilemma = data.dilemmas[Math.floor(pair / arms.length)];
    const arm = arms[pair % arms.length];
    const row = make("tr", null, { class: "detail" });
    const cell = make("td", null, { colspan: span });
    cell.append(make("p", dilemma[3]));
    const list = make("ol");
    dilemma[4].forEach((text, i) => list.append(make("li", `${optionText("action", i)} (${number(data.scores.action[i], 1)}): ${text}`)));
    cell.append(list);
    if (data.choice) {
      const around = make("div", null, { class: "scroll" });
      around.append(replies(pair));
      cell.append(around);
    }
    const folder = quoted(data.folder);
    cell.append(make("p", "Prompt and reply verbatim:"),
      make("pre", `mores answers ${folder} --where dilemma=${quoted(dilemma[0])} --where persona=${quoted(arm.id)}\nmores answers ${folder} --key KEY`));
    row.append(cell);
    return row;
  };

  let found = [], shown = 0, body = null;
  const extend = () => {
    for (const pair of found.slice(shown, shown + STEP)) {
      const dilemma = data.dilemmas[Math.floor(pair / arms.length)];
      const arm = arms[pair % arms.length];
      const row = make("tr");
      const head = make("th", null, { scope: "row" });
      const open = make("button", `${data.values[dilemma[1]][1]}, ${data.topics[dilemma[2]][1]}`, { type: "button", class: "trace words", "aria-expanded": "false" });
      head.append(open);
      const texts = [arm.category === BASELINE ? "no persona" : `${arm.category}: ${arm.label}`];
      if (fields.rendering[1].length > 1) texts.push(arm.rendering);
      row.append(head, ...texts.map((t) => make("td", t)),
        ...[data.v, data.a, data.d].map((list) => make("td", number(list[pair]), { class: "n" })));
      open.addEventListener("click", () => {
        const expanded = open.getAttribute("aria-expanded") === "true";
        open.setAttribute("aria-expanded", String(!expanded));
        if (expanded) row.nextElementSibling.remove();
        else row.after(detail(pair, row.cells.length));
      });
      body.append(row);
    }
    shown = Math.min(found.length, shown + STEP);
    more.hidden = shown >= found.length;
    more.textContent = `Show more (${(found.length - shown).toLocaleString("en")} left)`;
  };
  more.addEventListener("click", extend);
  const show = () => {
    found = wanted();
    shown = 0;
    const complete = found.filter((pair) => data.d[pair] !== null);
    const mean = complete.length ? complete.reduce((sum, pair) => sum + data.d[pair], 0) / complete.length : null;
    summary.textContent = `${found.length.toLocaleString("en")} pairs, ${complete.length.toLocaleString("en")} with a distance; mean distance ${number(mean)}.`;
    const table = make("table");
    const head = make("tr");
    const heads = ["Dilemma", "Persona", ...(fields.rendering[1].length > 1 ? ["Rendering"] : [])];
    for (const text of heads) head.append(make("th", text, { scope: "col" }));
    for (const text of ["Stated value", "Chosen action", "Distance"]) head.append(make("th", text, { scope: "col", class: "n" }));
    table.createTHead().append(head);
    body = table.createTBody();
    scroll.replaceChildren(table);
    extend();
  };
  const go = (query) => {
    const parts = new URLSearchParams(query);
    for (const [field, select] of Object.entries(selects)) select.value = parts.get(field) ?? "";
    show();
    document.getElementById("trace").scrollIntoView();
  };
  const follow = () => { if (location.hash.startsWith("#trace?")) go(location.hash.slice(7)); };
  addEventListener("hashchange", follow);
  for (const row of document.querySelectorAll("tr[data-trace]")) {
    const what = `The answers behind: ${row.cells[0].textContent.trim()}`;
    const link = make("button", "→", { type: "button", class: "trace", title: what, "aria-label": what });
    link.addEventListener("click", () => { location.hash = `#trace?${row.dataset.trace}`; follow(); });
    row.cells[0].insertBefore(link, row.cells[0].querySelector("small"));
  }
  document.getElementById("hint").hidden = false;
  for (const [figure, plan] of Object.entries(data.matrices ?? {})) {
    for (const cell of document.querySelectorAll(`#${CSS.escape(figure)} [data-cell]`)) {
      const [i, j] = cell.dataset.cell.split(".").map(Number);
      const arm = arms[plan.arms[j]];
      const query = new URLSearchParams({ value: data.values[plan.values[i]][0], persona: arm.id, rendering: arm.rendering });
      cell.classList.add("live");
      cell.addEventListener("click", () => { location.hash = `#trace?${query}`; follow(); });
    }
  }
  show();
  follow();
})();
