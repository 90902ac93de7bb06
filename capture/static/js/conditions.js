// Fields that depend on another answer: there while it is what they wait for. What was typed stays, and is not sent.
export function depend(form) {
  const dependent = [...form.querySelectorAll("[data-when]")];
  if (dependent.length === 0) return;
  const controlsOf = (place) => [...place.querySelectorAll("input, select, textarea")];
  const news = document.createElement("p");
  news.className = "visually-hidden";
  news.setAttribute("role", "status");
  form.append(news);

  const given = (key) =>
    [...form.elements]
      .filter((control) => control.name === key && !control.disabled)
      .filter((control) => control.checked || !["radio", "checkbox"].includes(control.type))
      .map((control) => control.value.trim())
      .filter(Boolean);
  const isAsked = ({ dataset }) => {
    const answers = given(dataset.when);
    const awaited = JSON.parse(dataset.whenIs);
    return awaited.length ? awaited.some((value) => answers.includes(value)) : answers.length > 0;
  };
  const turn = (place, isOn) => {
    place.hidden = !isOn;
    for (const control of controlsOf(place)) {
      control.disabled = !isOn;
      if ("whenRequired" in place.dataset && (control.type !== "checkbox" || !control.closest("fieldset.field"))) {
        control.required = isOn;
      }
    }
  };
  const settle = () => {
    const before = dependent.filter((place) => !place.hidden);
    for (let pass = 0; pass < dependent.length; pass += 1) {
      for (const place of dependent) turn(place, isAsked(place));
    }
    return dependent.filter((place) => !place.hidden && !before.includes(place));
  };

  for (const place of dependent) {
    const words = place.querySelector(".depends__when");
    for (const described of place.querySelectorAll("[aria-describedby]")) {
      const ids = described.getAttribute("aria-describedby").split(" ").filter((id) => id !== words.id);
      if (ids.length) described.setAttribute("aria-describedby", ids.join(" "));
      else described.removeAttribute("aria-describedby");
    }
    words.remove();
  }
  settle();
  form.addEventListener("input", () => {
    const labels = settle().map((place) => place.querySelector(".field__label, .choice__label").textContent.trim());
    if (labels.length) news.textContent = `${form.dataset.alsoAsked} ${labels.join(", ")}`;
  });
  addEventListener("pageshow", settle);
}
