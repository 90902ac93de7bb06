// Answers by key: what carries data-key is pressed, what carries data-focus-key is gone to, J and K walk through the
// list.
import { isFree } from "./shortcuts.js";

function walk(step) {
  const lines = [...document.querySelectorAll("[data-line]")];
  const here = lines.findIndex((line) => line.hasAttribute("aria-current"));
  lines[here + step]?.click();
}

addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else {
    document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`)?.focus();
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  }
});
