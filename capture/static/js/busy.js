// Says that an answer takes a while, from the press of the button until it is there.
const forms = document.querySelectorAll("form[data-busy]");

for (const form of forms) form.addEventListener("submit", () => say(form, form.dataset.busy));
addEventListener("pageshow", () => forms.forEach((form) => say(form, ""))); // also when one comes back to it

function say(form, words) {
  form.querySelector("[data-said]").textContent = words;
  form.setAttribute("aria-busy", String(Boolean(words)));
}
