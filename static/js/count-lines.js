// Sends each line of the page of counts by itself when it is left, in order, until it is stored.
// What was typed is kept on this device until the server has it, with the version of the count
// that the page was made from: so the server can tell who came between.
const page = document.querySelector("[data-count-lines]");
const PREFIX = `dem:${page?.dataset.countLines}`;
const KEY = `${PREFIX}${page?.dataset.day}`;
const NAMES = ["members", "party_members", "youth"];
const FIRST_WAIT = 3000;
const LONGEST_WAIT = 60000;
const SECONDS_OF_A_REQUEST = 20;

const readKept = (key = KEY) => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {}; // Nothing can be kept here, or it is not ours.
  }
};

const keep = (lines) => {
  try {
    if (Object.keys(lines).length) localStorage.setItem(KEY, JSON.stringify(lines));
    else localStorage.removeItem(KEY);
  } catch {} // Full or forbidden: the page still holds the figures and sends them.
};

const valuesOf = (form) => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));
const storedOf = (form) => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].defaultValue]));
const same = (one, other) => NAMES.every((name) => one[name] === other[name]);
const say = (form, words) => {
  form.querySelector("[data-state]").textContent = words;
};

const showErrors = (form, errors) => {
  for (const place of form.querySelectorAll("[data-error]")) {
    const own = place.dataset.error;
    const general = own === "__all__" ? [errors.counted_on, errors.seen] : [];
    const words = [errors[own], ...general].filter(Boolean).join(" ");
    place.textContent = words && place.dataset.label ? `${place.dataset.label}: ${words}` : words;
    const input = form.elements[own];
    if (input && place.textContent) input.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }
};

const queue = new Set();
// By line: what the server has, when it was saved in words, and the version that what is typed
// began from.
const stored = new Map();
const savedAt = new Map();
const bases = new Map();
let isSending = false;
let wait = FIRST_WAIT;
let timer = 0;

const changed = (form) => !same(valuesOf(form), stored.get(form));

const remember = (form) => {
  const lines = readKept();
  if (changed(form)) lines[form.dataset.line] = { ...valuesOf(form), seen: bases.get(form) };
  else delete lines[form.dataset.line];
  keep(lines);
};

const post = async (form) => {
  const stop = new AbortController();
  const alarm = setTimeout(() => stop.abort(), SECONDS_OF_A_REQUEST * 1000);
  try {
    const headers = { Accept: "application/json" };
    const body = new FormData(form);
    const answer = await fetch(form.action, { method: "POST", headers, body, signal: stop.signal });
    if (answer.status >= 500 || answer.status === 429) return null;
    // Another page in its place: signed out meanwhile, or the branch is gone.
    if (!answer.ok || answer.redirected) return { state: "refused" };
    return await answer.json();
  } catch {
    return null;
  } finally {
    clearTimeout(alarm);
  }
};

const take = (form, sent, answer) => {
  queue.delete(form);
  showErrors(form, answer.errors ?? {});
  delete form.dataset.conflict;
  if (answer.state === "saved") {
    stored.set(form, sent);
    savedAt.set(form, answer.words);
    bases.set(form, String(answer.seen));
    form.elements.seen.value = answer.seen;
    remember(form);
    say(form, changed(form) ? page.dataset.unsaved : answer.words);
    // Changed while it was sent, and left already.
    if (changed(form) && !form.contains(document.activeElement)) queue.add(form);
    return;
  }
  if (answer.state === "conflict") {
    // Kept with the old version: who opens the page again is told again.
    form.dataset.conflict = "";
    form.elements.seen.value = answer.seen;
  }
  if (answer.state !== "refused") return say(form, answer.words);
  const isKept = form.dataset.line in readKept();
  say(form, `${page.dataset.refused} ${isKept ? page.dataset.kept : ""}`);
};

const sendAll = async () => {
  clearTimeout(timer);
  if (isSending) return;
  isSending = true;
  while (queue.size) {
    const [form] = queue;
    const sent = valuesOf(form);
    say(form, page.dataset.sending);
    const answer = await post(form);
    if (answer === null) {
      for (const each of queue) say(each, page.dataset.unsent);
      timer = setTimeout(sendAll, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
      break;
    }
    wait = FIRST_WAIT;
    take(form, sent, answer);
  }
  isSending = false;
};

const send = (form) => {
  queue.add(form);
  return sendAll();
};

// What was told as a conflict is overwritten by the button alone.
const leave = (form) => {
  if (changed(form) && !("conflict" in form.dataset)) send(form);
};

const restore = (form, kept) => {
  if (!kept || same(kept, stored.get(form))) return false;
  for (const name of NAMES) form.elements[name].value = kept[name] ?? "";
  form.elements.seen.value = kept.seen;
  bases.set(form, String(kept.seen));
  say(form, page.dataset.unsaved);
  return true;
};

const begin = (form, kept) => {
  // A line that came back with a fault is not what the server has.
  const isStored = !form.querySelector("[aria-invalid]") && !("conflict" in form.dataset);
  stored.set(form, isStored ? storedOf(form) : {});
  savedAt.set(form, isStored ? form.querySelector("[data-state]").textContent : "");
  bases.set(form, form.elements.seen.defaultValue);
  form.addEventListener("input", () => {
    remember(form);
    if (!changed(form)) showErrors(form, {});
    if (!("conflict" in form.dataset)) say(form, changed(form) ? page.dataset.unsaved : savedAt.get(form));
  });
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || leave(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  if (isStored && restore(form, kept)) queue.add(form);
};

const showOtherDays = () => {
  const place = document.querySelector("[data-other-days]");
  let keys = [];
  try {
    keys = Object.keys(localStorage);
  } catch {} // Nothing can be kept here.
  const day = keys.find((key) => key.startsWith(PREFIX) && key !== KEY)?.slice(PREFIX.length);
  if (!day) return;
  const link = place.querySelector("a");
  const address = new URL(link.href);
  address.searchParams.set("ngay", day);
  link.href = address.href;
  link.textContent = day.split("-").reverse().join("/");
  place.hidden = false;
};

if (page) {
  const kept = readKept();
  const forms = [...page.querySelectorAll("[data-line]")];
  for (const form of forms) begin(form, kept[form.dataset.line]);
  // Of branches that are gone, and of lines the server has already, nothing stays behind.
  keep(Object.fromEntries(Object.entries(readKept()).filter(([line]) => forms.some((form) => form.dataset.line === line))));
  forms.forEach(remember);
  showOtherDays();
  addEventListener("online", sendAll);
  sendAll();
}
