"use strict";
// What a reviewer's work is made of; `data` is the page's.
const reviewRecord = (data) => {
  const PLACES = data.places.map((place) => place.id);
  const CHECKS = data.checks.map((check) => check.name);
  const byId = new Map(data.dilemmas.map((dilemma) => [dilemma.id, dilemma]));

  // Orders of actions: from the seed, the text and the reviewer, the same whenever they are
  const hash = (text) => {
    let h = 2166136261;
    for (const c of text) h = Math.imul(h ^ c.codePointAt(0), 16777619);
    return h >>> 0;
  };
  const random = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const shuffled = (text, reviewer) => {
    const draw = random(hash(`${data.seed}\n${text}\n${reviewer.toLowerCase()}`));
    const order = [...PLACES];
    for (let i = order.length - 1; i > 0; i -= 1) {
      const j = Math.floor(draw() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  };

  const blank = () => ({ reviewer: "", started: null, saved: null, changed: null, at: 0, entries: Object.create(null) });
  const blankEntry = (dilemma, reviewer) => ({
    text: dilemma.text, order: shuffled(dilemma.text, reviewer), placed: PLACES.map(() => null), read: null,
    checks: Object.fromEntries(CHECKS.map((name) => [name, { passed: null, reason: "" }])),
    checked: null, remark: "", seconds: { reading: 0, checks: 0 },
  });
  const begun = (found) => found && (found.read !== null || found.placed.some((place) => place !== null));
  const whole = (answer) => answer.passed === true || (answer.passed === false && answer.reason.trim() !== "");

  // A file or a kept state, taken over key by key: nothing in it is trusted
  const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  const moment = (text) => (typeof text === "string" && MOMENT.test(text) ? text : null);
  const clean = (text) => (typeof text === "string" ? text : "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Cs}/gu, "").slice(0, data.longest).replace(/\p{Cs}$/u, "");
  const oneLine = (text) => clean(text).replace(/[\s\u2028\u2029]+/g, " ").trim().slice(0, 100).replace(/\p{Cs}$/u, "");
  const count = (n) => (Number.isInteger(n) && n >= 0 && n < 10000000 ? n : 0);
  const takenEntry = (raw, dilemma) => {
    if (raw?.text !== dilemma.text) return null;
    const ordered = Array.isArray(raw.order) && [...raw.order].sort().join() === [...PLACES].sort().join();
    if (!ordered || !Array.isArray(raw.placed) || raw.placed.length !== PLACES.length) return null;
    const placed = raw.placed.map((place) => (PLACES.includes(place) ? place : null));
    const read = placed.includes(null) ? null : moment(raw.read);
    const checks = Object.fromEntries(CHECKS.map((name) => {
      const answer = raw.checks?.[name];
      const passed = read && typeof answer?.passed === "boolean" ? answer.passed : null;
      return [name, { passed, reason: read ? clean(answer?.reason) : "" }];
    }));
    const full = Object.values(checks).every(whole);
    const seconds = { reading: count(raw.seconds?.reading), checks: count(raw.seconds?.checks) };
    return { text: raw.text, order: raw.order, placed, read, checks, checked: read && full ? moment(raw.checked) : null,
      remark: clean(raw.remark), seconds };
  };
  const taken = (raw, pairs) => {
    const found = blank();
    found.reviewer = oneLine(raw.reviewer);
    found.started = moment(raw.started);
    found.saved = moment(raw.saved);
    found.at = Number.isInteger(raw.at) && raw.at >= 0 && raw.at < data.dilemmas.length ? raw.at : 0;
    for (const [id, one] of pairs) {
      const dilemma = byId.get(id);
      const kept = dilemma && takenEntry(one, dilemma);
      if (kept) found.entries[id] = kept;
    }
    return found;
  };

  return { blank, blankEntry, begun, whole, clean, oneLine, moment, taken };
};
