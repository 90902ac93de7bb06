// A form of ours inside another site: <script src="…/embed.js" data-page="slug" data-look="inline" async></script>
// Needs script-src, style-src and connect-src of our origin, and nothing inline. No frame. No cookie of the site is
// touched; ours goes along where the site is the same as ours, as browsers have it (SameSite=Lax).
(() => {
  const script = document.currentScript;
  const { page, look = "inline", label } = script.dataset;
  const ours = new URL(script.src).origin;
  const address = `${ours}/embed/${encodeURIComponent(page)}`;

  if (!document.querySelector(`link[href="${ours}/embed.css"]`)) {
    const styles = document.createElement("link");
    styles.rel = "stylesheet";
    styles.href = `${ours}/embed.css`;
    document.head.append(styles);
  }
  const made = (name, className, words = "") => {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = words;
    return element;
  };
  const place = made("div", "lodestone");
  const say = (words) => {
    let alert = place.querySelector(".lodestone-alert");
    if (!alert) {
      alert = made("p", "lodestone-alert");
      alert.setAttribute("role", "alert");
      place.prepend(alert);
    }
    alert.textContent = words;
  };
  let said = {}; // in the language of the page, as its form brings it
  const dress = (element) => {
    if (!said.brand) return;
    element.style.setProperty("--lodestone-brand", said.brand);
    element.style.setProperty("--lodestone-on-brand", said.onBrand);
  };

  const show = async (html) => {
    const fresh = made("div", "");
    fresh.innerHTML = html;
    said = fresh.querySelector(".lodestone-form")?.dataset ?? said;
    dress(place);
    const form = fresh.querySelector("form");
    if (form) {
      const better = await import(new URL(said.better, ours)).catch(() => null);
      better?.improve(form, address);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form);
      });
    }
    place.replaceChildren(...fresh.childNodes);
    place.querySelector(".error-summary, .lodestone-thanks")?.focus();
    place.querySelector(".error-summary")?.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      place.querySelector(`#${CSS.escape(link.hash.slice(1))}`)?.focus();
    });
  };
  const send = async (form) => {
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    const told = new FormData(form);
    told.set("host_query", location.search);
    told.set("host_referrer", document.referrer);
    try {
      const answer = await fetch(address, { method: "POST", body: told, credentials: "include" });
      const { html, problem } = await answer.json();
      if (html) await show(html);
      else say(problem);
    } catch {
      say(said.unreachable);
    } finally {
      delete form.dataset.sent;
    }
  };
  const load = async () => {
    const answer = await fetch(address, { credentials: "include" }).catch(() => null);
    if (!answer?.ok) return false;
    await show((await answer.json()).html);
    return true;
  };
  const inline = async () => {
    if (await load()) script.after(place);
  };
  const behindAButton = async () => {
    if (!(await load())) return;
    const words = label || place.querySelector("[type=submit]").textContent;
    const open = made("button", "lodestone-open", words);
    dress(open);
    const dialog = made("dialog", `lodestone-dialog lodestone-dialog--${look}`);
    const close = made("button", "lodestone-close", said.close);
    open.type = close.type = "button";
    dialog.setAttribute("aria-label", words);
    dialog.append(close, place);
    open.addEventListener("click", () => dialog.showModal());
    close.addEventListener("click", () => dialog.close());
    script.after(open, dialog);
  };
  if (look === "inline") inline();
  else behindAButton();
})();
