// What keeps the values of a form from being published, beside their controls, as the server shows it.
export function show(form, faults) {
  for (const error of form.querySelectorAll(".field__error")) {
    const id = error.id.replace(/-error$/, "");
    if (!(id in faults)) forget(form.querySelector(`#${CSS.escape(id)}`), error);
  }
  for (const [id, words] of Object.entries(faults)) {
    const control = form.querySelector(`#${CSS.escape(id)}`);
    if (control) tell(control, words, form.dataset.faults);
  }
}

function tell(control, words, word) {
  const error = document.getElementById(`${control.id}-error`) ?? begun(control, word);
  error.lastChild.textContent = ` ${words}`;
}

function begun(control, word) {
  const error = Object.assign(document.createElement("p"), { className: "field__error", id: `${control.id}-error` });
  const unseen = Object.assign(document.createElement("span"), { className: "unseen", textContent: word });
  error.append(unseen, "");
  if (control.matches("fieldset")) control.querySelector(".field__hint, legend").after(error);
  else {
    const box = control.matches("[type=checkbox]") ? control.closest("label") : null;
    if (box) control.closest(".field").append(error);
    else control.before(error);
    control.setAttribute("aria-invalid", "true");
    described(control, [...ids(control), error.id]);
  }
  return error;
}

function forget(control, error) {
  control?.removeAttribute("aria-invalid");
  if (control) described(control, ids(control).filter((id) => id !== error.id));
  error.remove();
}

const ids = (control) => (control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);

function described(control, list) {
  if (list.length) control.setAttribute("aria-describedby", list.join(" "));
  else control.removeAttribute("aria-describedby");
}
