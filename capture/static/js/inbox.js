// Answers by key: what carries data-key is pressed, what carries data-focus-key is gone to, J and K walk through the list. The box beside the heading turns it off,
// since somebody who dictates would press keys without meaning to; that is kept in this browser.
const KEPT = "inbox-keys";
const box = document.querySelector("[data-keys]");
const toggle = box?.querySelector("input");

if (box && matchMedia("(hover: hover)").matches) {
  box.hidden = false;
  toggle.checked = localStorage.getItem(KEPT) !== "off";
  toggle.addEventListener("change", () => localStorage.setItem(KEPT, toggle.checked ? "on" : "off"));
}

function walk(step) {
  const lines = [...document.querySelectorAll("[data-line]")];
  const here = lines.findIndex((line) => line.hasAttribute("aria-current"));
  lines[here + step]?.click();
}

addEventListener("keydown", (event) => {
  const isWriting = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (!toggle?.checked || isWriting || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else {
    document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`)?.focus();
    document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  }
});
