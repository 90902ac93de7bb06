import { show } from "./faults.js";

// Saves a form a moment after the last key, and says so. Without it, the button saves.
const PAUSE = 1500; // milliseconds, unless the form says another number

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const said = form.querySelector("[data-said]");
  let timer = 0;
  let dirty = false;
  let sending = false;

  const save = async () => {
    if (sending) return later();
    sending = true;
    dirty = false;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      const told = await answer.json();
      said.textContent = told.said;
      if (answer.ok) {
        form.elements.mark.value = told.mark;
        if ("faults" in form.dataset) show(form, told.faults);
        dispatchEvent(new CustomEvent("saved"));
      } else dirty = true;
    } catch {
      dirty = true;
      said.textContent = said.dataset.lost;
    }
    sending = false;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, Number(form.dataset.autosave) || PAUSE);
  };

  form.addEventListener("input", () => {
    dirty = true;
    said.textContent = "";
    later();
  });
  form.addEventListener("submit", () => {
    dirty = false;
    clearTimeout(timer);
  });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}
