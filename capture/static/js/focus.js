// Gives the focus to what matters now: the summary of errors, the first wrong field, or after a press of a button the
// same button, wherever its row stands by now; else what is said to have been done. Without it a page begins at its top.
import { announce } from "./announce.js";
import "./error-summary.js";

const KEPT = "pressed";
const PATIENCE = 60_000; // milliseconds between a press and its page
const ROWS = "li, tr, [data-row]";
const CONTROLS = "button:enabled, summary, a[href], select:enabled, input:enabled:not([type=hidden]), textarea:enabled";

const buttons = (row) => [...row.querySelectorAll("button, summary")];
const rowsOf = (list) => [...(list?.children ?? [])].filter((one) => one.matches(ROWS) && one.querySelector(CONTROLS));
const can = (control) => control && !control.disabled && control.checkVisibility();

// --- before: what was pressed, and in which row of which list ----------------------------------------

addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  const row = document.getElementById(form.dataset.moved) ?? button?.closest(ROWS);
  const pressed = { at: Date.now(), page: location.pathname, top: scrollY, same: sameness(form, button) };
  if (row) Object.assign(pressed, rowOf(row, button));
  sessionStorage.setItem(KEPT, JSON.stringify(pressed));
});

function rowOf(row, button) {
  const list = row.parentElement;
  return {
    id: row.id,
    what: row.dataset.what,
    list: pathTo(list),
    number: rowsOf(list).indexOf(row),
    button: buttons(row).indexOf(button),
  };
}

// What makes a button the same on another page: where its form goes, and what it says there.
function sameness(form, button) {
  const fixed = [...form.querySelectorAll("input[type=hidden]")].filter((one) => !["csrf_token", "mark"].includes(one.name));
  return [form.getAttribute("action"), button?.name, button?.value, ...fixed.map((one) => one.value.slice(0, 200))].join("\n");
}

// A selector from the nearest ancestor that has a name.
function pathTo(element) {
  const steps = [];
  for (let at = element; at; at = at.parentElement) {
    const name = at.getAttribute("aria-labelledby");
    if (at.id) return [`#${CSS.escape(at.id)}`, ...steps].join(" > ");
    if (name) return [`[aria-labelledby="${CSS.escape(name)}"]`, ...steps].join(" > ");
    const like = [...(at.parentElement?.children ?? [])].filter((one) => one.tagName === at.tagName);
    steps.unshift(`${at.tagName.toLowerCase()}:nth-of-type(${like.indexOf(at) + 1})`);
  }
  return steps.join(" > ");
}

// --- after ------------------------------------------------------------------------------------------

function taken() {
  const pressed = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  return pressed && Date.now() - pressed.at < PATIENCE ? pressed : null;
}

// A list may come back at another address, as chapters do: the first one is shown at that of the draft.
function isThere(pressed) {
  return pressed.page === location.pathname || (pressed.what && document.getElementById(pressed.id)?.dataset.what === pressed.what);
}

function rowNow(pressed) {
  const named = [location.hash.slice(1), pressed.id].map((id) => id && document.getElementById(id)?.closest(ROWS)).find(Boolean);
  if (named) return named;
  const rows = rowsOf(document.querySelector(pressed.list));
  return rows[Math.min(pressed.number, rows.length - 1)];
}

function controlNow(pressed, row) {
  const same = [...document.forms].flatMap((form) => buttons(form).filter((button) => sameness(form, button) === pressed.same));
  if (!row) return same.find(can);
  const own = buttons(row);
  // At the end of its list "Down" gives way to "Up" before it, never to "Remove" after it.
  const near = [own[pressed.button], own[pressed.button - 1], own[pressed.button + 1]];
  return [same.find((one) => row.contains(one)), ...near].find(can) ?? row.querySelector(CONTROLS);
}

function tell(list, pressed, row) {
  const { now, gone } = list?.dataset ?? {};
  const rows = rowsOf(list).filter((one) => one.dataset.what);
  const isGone = pressed.what && !rows.some((one) => one.dataset.what === pressed.what);
  const moved = isGone ? gone : now;
  const place = { what: pressed.what ?? row?.dataset.what, place: rows.indexOf(row) + 1, count: rows.length };
  if (moved && place.what) announce(moved.replace(/\{(\w+)\}/g, (_, name) => place[name]));
  else announce(document.querySelector(".done")?.textContent ?? "");
}

function stand(control, top) {
  scrollTo({ top, behavior: "instant" });
  control.focus();
}

// An address with a fragment takes the focus once more, with the first picture of the page or when all of it is there.
function standAgain(control, top) {
  const taken = [document.body, document.getElementById(location.hash.slice(1))];
  const again = () => taken.includes(document.activeElement) && stand(control, top);
  for (const pause of [50, 200, 500]) setTimeout(again, pause);
  addEventListener("load", () => setTimeout(again, 50));
}

function comeBack(pressed) {
  const done = document.querySelector("main .done");
  if (pressed.list && isThere(pressed)) {
    const row = rowNow(pressed);
    const control = row && controlNow(pressed, row);
    if (control) {
      stand(control, pressed.top);
      if (location.hash) standAgain(control, pressed.top);
      return tell(row.parentElement, pressed, row);
    }
  }
  if (done) {
    done.tabIndex = -1;
    done.focus();
  } else if (pressed.page === location.pathname) controlNow(pressed)?.focus();
}

function reveal(element) {
  for (let at = element.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  return element;
}

const pressed = taken();
const first = document.querySelector("[data-focus]") ?? document.querySelector("main form:not([data-faults]) [aria-invalid=true]");
if (first) reveal(first).focus();
else if (pressed) comeBack(pressed);
else enter(document.getElementById(decoded(location.hash.slice(1))));

// A link to a control, such as the check has, goes into it, with its label in view.
function enter(target) {
  const control = target?.matches("fieldset") ? target.querySelector(CONTROLS) : target;
  if (!control?.matches("input, select, textarea")) return;
  control.closest("details:not([open])")?.setAttribute("open", "");
  control.focus({ preventScroll: true });
  (control.closest(".field") ?? control).scrollIntoView({ block: "center" });
}

function decoded(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
