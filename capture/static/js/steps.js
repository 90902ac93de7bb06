const PATIENCE = 4000; // milliseconds until a step is left without the server's word

// A form one step at a time: what was answered stays in the form. On a page of ours (`travels`) "Back" is also the
// browser's own; inside another site its history is not touched. `address` is where the form is kept, and judged.
export function goInSteps(form, { address, travels = true } = {}) {
  if (!("steps" in form.dataset)) return;
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
  const next = button(form.dataset.next, "");
  const back = button(form.dataset.back, "button--quiet");
  const submit = send.querySelector("[type=submit]");
  let at = 0;
  // A step of which nothing is asked, because of earlier answers, is passed over.
  const isAsked = (step) => [...step.querySelectorAll("input, select, textarea")].some((control) => !control.disabled);
  const following = () => steps.findIndex((step, place) => place > at && isAsked(step));
  const preceding = () => steps.findLastIndex((step, place) => place < at && isAsked(step));

  const settle = () => {
    const isLast = following() < 0;
    next.hidden = isLast;
    submit.hidden = !isLast;
  };

  const show = (number, { moves = true } = {}) => {
    at = Math.min(Math.max(number, 0), steps.length - 1);
    steps.forEach((step, place) => (step.hidden = place !== at));
    back.hidden = preceding() < 0;
    settle();
    bar.value = at + 1;
    if (moves) {
      steps[at].querySelector(".step__title").focus({ preventScroll: travels });
      if (travels) form.closest("section, form").scrollIntoView({ block: "start" });
    }
  };
  // Boxes of which one must be ticked: HTML has no `required` for such a group.
  const isUnticked = (field) =>
    field.willValidate && field === field.closest("[data-one-or-more]")?.querySelector("input")
    && !field.closest("[data-one-or-more]").querySelector(":checked");
  const isTyped = (field) => field.value && !field.matches("select, [type=radio], [type=checkbox]");
  // What is wrong so far, as a refusal would say it; null where the server says nothing.
  const judge = async () => {
    try {
      const told = { method: "POST", body: new FormData(form), credentials: "include", signal: AbortSignal.timeout(PATIENCE) };
      const answer = await fetch(`${address}/judged`, told);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  };
  const refuse = (field, words) => {
    field.setCustomValidity(words);
    field.reportValidity();
    form.addEventListener("input", () => field.setCustomValidity(""), { once: true });
    return false;
  };
  // A browser would say it in its own language, and knows less of what fits.
  const isAnswered = async () => {
    const controls = [...steps[at].querySelectorAll("input, select, textarea")].filter((field) => field.willValidate);
    for (const field of controls) field.setCustomValidity("");
    const empty = controls.find((field) => field.validity.valueMissing || isUnticked(field));
    if (empty) return refuse(empty, form.dataset.unanswered);
    const faults = address && controls.some(isTyped) ? await judge() : null;
    const wrong = controls.find((field) => (faults ? field.id in faults : !field.checkValidity()));
    return !wrong || refuse(wrong, faults?.[wrong.id] ?? form.dataset.unfit);
  };
  // What a refusal said of a step is no longer so once it is left.
  const forget = (step) => {
    for (const line of form.querySelectorAll(".error-summary__list li")) {
      if (step.querySelector(line.querySelector("a").hash)) line.remove();
    }
    if (!form.querySelector(".error-summary__list li")) form.querySelector(".error-summary__list")?.parentElement.remove();
    for (const field of step.querySelectorAll(".field--bad")) {
      field.classList.remove("field--bad");
      field.querySelector(".field__error").remove();
      for (const control of field.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    }
  };
  const advance = () => {
    const to = following();
    if (travels) history.pushState({ step: to, follows: at }, "");
    show(to);
  };
  const retreat = () => {
    const to = preceding();
    if (travels && history.state?.follows === to) return history.back();
    if (travels) history.replaceState({ step: to }, "");
    show(to);
  };

  next.addEventListener("click", async () => {
    const left = steps[at];
    next.disabled = true;
    const isRight = await isAnswered();
    next.disabled = false;
    if (!isRight || left !== steps[at]) return;
    forget(left);
    advance();
  });
  back.addEventListener("click", retreat);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || next.hidden || event.target.type === "button") return;
    event.preventDefault();
    next.click();
  });
  form.addEventListener("input", settle);
  if (travels) addEventListener("popstate", (event) => show(event.state?.step ?? 0));
  form.querySelector(".error-summary")?.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    const place = steps.findIndex((step) => step.contains(field));
    if (place >= 0) show(place, { moves: false });
  }, { capture: true });
  const wrong = steps.findIndex((step) => step.querySelector(".field--bad"));
  const aimed = document.getElementById(new URLSearchParams(location.search).get("at"));
  const asked = travels ? history.state?.step : steps.findIndex((step) => step.contains(aimed));
  show(wrong >= 0 ? wrong : asked || 0, { moves: false });
}
