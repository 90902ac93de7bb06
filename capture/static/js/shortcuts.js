// The keys of a screen: the dialog that lists them opens by ? or from the foot of the page. Single keys can be turned
// off, since somebody who dictates would press them without meaning to; that is kept in this browser.
const KEPT = "inbox-keys";
const dialog = document.querySelector("[data-shortcuts]");
const opener = document.querySelector("[data-shortcuts-open]");
const toggles = document.querySelectorAll("[data-single-keys]");

const areOn = () => localStorage.getItem(KEPT) !== "off";

// Whether a press means a key of the screen: nobody writes, nothing is held down, no dialog is open.
export function isFree(event) {
  const isWriting = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const isHeld = event.repeat || event.ctrlKey || event.metaKey || event.altKey;
  return areOn() && !isWriting && !isHeld && !document.querySelector("dialog[open]");
}

function show() {
  for (const toggle of toggles) toggle.checked = areOn();
}

for (const toggle of toggles)
  toggle.addEventListener("change", () => {
    localStorage.setItem(KEPT, toggle.checked ? "on" : "off");
    show();
  });
show();

if (dialog) {
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) for (const key of dialog.querySelectorAll("[data-ctrl]")) key.textContent = "⌘";
  if (opener && matchMedia("(hover: hover)").matches) opener.hidden = false;
  opener?.addEventListener("click", () => dialog.showModal());
  addEventListener("keydown", (event) => {
    if (event.key !== "?" || !isFree(event)) return;
    event.preventDefault();
    dialog.showModal();
  });
}
