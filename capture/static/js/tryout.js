// Shows what answers come to while they are chosen, and anew after each save. Without it, a button does.
const place = document.querySelector("[data-tryout]");
let wanted = 0;

const show = async (isSaved, pressed) => {
  const mine = ++wanted;
  const form = place.querySelector("[data-tryout-form]");
  const query = form ? new URLSearchParams(new FormData(form, pressed)) : "";
  try {
    const answer = await fetch(`${location.pathname}?${query}`, { headers: { Accept: "text/html" } });
    if (!answer.ok || mine !== wanted) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const isWhole = isSaved && !place.contains(document.activeElement); // where somebody types, what he types in stays
    const what = isWhole ? "[data-tryout]" : "[data-tryout-result]";
    const [now, next] = [document.querySelector(what), page.querySelector(what)];
    if (isWhole && form) keepOpen(form, next);
    if (now && next) now.replaceChildren(...next.childNodes);
    for (const reach of isSaved ? document.querySelectorAll("[data-reach]") : []) {
      const fresh = page.querySelector(`[data-reach="${CSS.escape(reach.dataset.reach)}"]`);
      if (!fresh || ("of" in reach.dataset && reach.dataset.of === fresh.dataset.of)) continue; // chosen meanwhile
      if ("of" in fresh.dataset) reach.dataset.of = fresh.dataset.of;
      reach.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // What stands there is as old as the last answer that came; nothing that was written is lost by it.
  }
};

// The questions that are open stay open.
function keepOpen(form, next) {
  const open = [...form.querySelectorAll("details")].map((one) => one.open);
  next?.querySelectorAll("details").forEach((one, index) => (one.open = open[index] ?? one.open));
}

if (place) {
  place.addEventListener("input", () => show(false));
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    show(false, event.submitter);
  });
  addEventListener("saved", () => show(true));
}
