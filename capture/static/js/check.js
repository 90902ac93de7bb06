// Lets the press set the whole document by itself, and puts what came of it in its place. Without it, a button does.
import { set } from "./press.js";

const place = document.querySelector("[data-check]");
const form = place?.querySelector("[data-press]");
if (form) find(form);

async function find(form) {
  const said = place.querySelector("[data-said]");
  said.textContent = said.dataset.setting;
  try {
    if (!(await set(form))) throw new Error("nobody answered");
    await refill();
  } catch {
    said.textContent = said.dataset.failed;
  }
}

// Only what reads differently now: a date that was typed meanwhile stays.
async function refill() {
  const answer = await fetch(place.dataset.check);
  if (!answer.ok) throw new Error(answer.statusText);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of place.querySelectorAll("#check-verdict, #check-document")) {
    const now = fresh.getElementById(old.id);
    if (!now || words(now) === words(old)) continue;
    const held = old.contains(document.activeElement);
    old.replaceWith(now);
    if (held) now.querySelector("h2").focus();
  }
  place.querySelector("[data-told]").textContent = words(place.querySelector("#verdict"));
}

function words(place) {
  return place.textContent.replace(/\s+/g, " ").trim();
}
