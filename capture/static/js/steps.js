// An assessment one step at a time: what was answered stays in the form, and "Back" is also the browser's own.
for (const form of document.querySelectorAll("form[data-steps]")) {
  const steps = [...form.querySelectorAll("[data-step]")];
  const send = form.querySelector(".form__send");
  const bar = form.querySelector(".steps__bar");
  const button = (words, kind) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `button ${kind}`;
    made.textContent = words;
    send.prepend(made);
    return made;
  };
  const next = button("Next", "");
  const back = button("Back", "button--quiet");
  const submit = send.querySelector("[type=submit]");
  let at = 0;

  const show = (number, { moves = true } = {}) => {
    at = Math.min(Math.max(number, 0), steps.length - 1);
    steps.forEach((step, place) => (step.hidden = place !== at));
    const isLast = at === steps.length - 1;
    back.hidden = at === 0;
    next.hidden = isLast;
    submit.hidden = !isLast;
    bar.value = at + 1;
    if (moves) {
      steps[at].querySelector(".step__title").focus({ preventScroll: true });
      form.closest("section, form").scrollIntoView({ block: "start" });
    }
  };
  const isAnswered = () => {
    const missing = [...steps[at].querySelectorAll("input, select, textarea")].find((field) => !field.checkValidity());
    missing?.reportValidity();
    return !missing;
  };
  const advance = () => {
    history.pushState({ step: at + 1, follows: at }, "");
    show(at + 1);
  };
  const retreat = () => {
    if (history.state?.follows === at - 1) return history.back();
    history.replaceState({ step: at - 1 }, "");
    show(at - 1);
  };

  next.addEventListener("click", () => isAnswered() && advance());
  back.addEventListener("click", retreat);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || next.hidden || event.target.type === "button") return;
    event.preventDefault();
    next.click();
  });
  addEventListener("popstate", (event) => show(event.state?.step ?? 0));
  document.querySelector(".error-summary")?.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    const place = steps.findIndex((step) => step.contains(field));
    if (place >= 0) show(place, { moves: false });
  }, { capture: true });
  const wrong = steps.findIndex((step) => step.querySelector(".field--bad"));
  show(wrong >= 0 ? wrong : (history.state?.step ?? 0), { moves: false });
}
