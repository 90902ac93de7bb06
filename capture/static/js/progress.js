// Shows in place how far a long job is, and what came of it; the rest of the page stays. Without it the page reloads.
import { announce } from "./announce.js";

const PAUSE = 800; // milliseconds between two looks
const place = document.querySelector("[data-progress]");

const look = async () => {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-progress]");
    if (answer.ok && now && !now.dataset.progress) return finish(now);
    if (answer.ok && now) follow(now);
  } catch {
    // The next look may find the server again.
  }
  setTimeout(look, PAUSE);
};

// Each number and word that moves, where it stands: what has the focus or is being read stays the same element.
function follow(now) {
  const [old, next] = [place, now].map((one) => [...one.querySelectorAll("[data-said], progress, dd")]);
  old.forEach((part, index) => {
    const other = next[index];
    if (part.tagName === "PROGRESS") for (const { name, value } of other?.attributes ?? []) part.setAttribute(name, value);
    else if (other && part.textContent !== other.textContent) part.textContent = other.textContent;
  });
}

function finish(now) {
  const isHere = place.contains(document.activeElement) || document.activeElement === document.body;
  place.replaceChildren(...now.childNodes);
  place.dataset.progress = "";
  const heading = place.querySelector("h2");
  dispatchEvent(new CustomEvent("finished"));
  if (isHere && heading) {
    heading.tabIndex = -1;
    heading.focus();
  } else announce(heading?.textContent ?? "");
}

if (place?.dataset.progress) setTimeout(look, 500);
