// Answers by key: what carries data-key is pressed, what carries data-focus-key is gone to, J and K walk through the
// list.
import { isFree } from "./shortcuts.js";

function walk(step) {
  const lines = [...document.querySelectorAll("[data-line]")];
  const here = lines.findIndex((line) => line.hasAttribute("aria-current"));
  lines[here + step]?.click();
}

function goTo(answer) {
  answer?.closest("details")?.setAttribute("open", "");
  answer?.focus();
}

addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else {
    goTo(document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`));
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  }
});
