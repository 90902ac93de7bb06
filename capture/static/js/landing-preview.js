// The landing page beside its editor: at two widths, scaled to its place, and fresh after each save.
import { set } from "./press.js";

for (const place of document.querySelectorAll("[data-landing]")) {
  const stage = place.querySelector("[data-landing-stage]");
  const frame = stage.querySelector("iframe");
  const buttons = [...place.querySelectorAll("[data-width]")];
  let width = 390;

  const fit = () => {
    const scale = Math.min(1, stage.clientWidth / width);
    frame.style.inlineSize = `${width}px`;
    frame.style.blockSize = `${stage.clientHeight / scale}px`;
    frame.style.scale = scale;
    frame.style.marginInlineStart = `${Math.max(0, (stage.clientWidth - width * scale) / 2)}px`;
  };
  place.querySelector("[data-landing-widths]").hidden = false;
  for (const button of buttons) {
    button.addEventListener("click", () => {
      width = Number(button.dataset.width);
      for (const other of buttons) other.ariaPressed = String(other === button);
      fit();
      look();
    });
  }
  new ResizeObserver(fit).observe(stage);
  // A part of the page may be what is looked at. An address with its name would scroll the editor too, and take focus.
  const look = () => {
    const part = frame.contentDocument.getElementById(frame.dataset.at ?? "");
    const seen = part?.checkVisibility() ? (part.closest(".field") ?? part) : frame.contentDocument.getElementById("form");
    if (part && seen) frame.contentWindow.scrollTo(0, seen.getBoundingClientRect().top + frame.contentWindow.scrollY - 24);
  };
  let top = null; // where somebody has scrolled to, once the page was there
  const settle = () => {
    leadOut();
    if (top === null) look();
    else frame.contentWindow.scrollTo(0, top);
  };
  // Other pages let no frame show them: their links open beside the studio, those within the page stay in it.
  const leadOut = () => {
    for (const link of frame.contentDocument.querySelectorAll("a[href]:not([href^='#'])")) link.target = "_blank";
  };
  frame.addEventListener("load", settle);
  if (frame.contentDocument?.readyState === "complete") settle();
  const reload = () => {
    if (frame.contentDocument.body?.children.length) top = frame.contentWindow.scrollY;
    frame.contentWindow.location.reload();
  };
  addEventListener("saved", reload);

  // Variants of an experiment: the one that is being written is seen, or the one that is chosen.
  const variants = [...place.querySelectorAll("[data-letter]")];
  const see = (letter) => {
    const wanted = variants.find((button) => button.dataset.letter === letter);
    if (!wanted || wanted.ariaPressed === "true") return;
    for (const other of variants) other.ariaPressed = String(other === wanted);
    top = null;
    frame.contentWindow.location.replace(wanted.dataset.src);
  };
  if (variants.length) {
    place.querySelector("[data-landing-variants]").hidden = false;
    for (const button of variants) button.addEventListener("click", () => see(button.dataset.letter));
    document.addEventListener("focusin", ({ target }) => see(target.closest("[data-shows]")?.dataset.shows));
  }
  // A cover with another drawing stands there as soon as the worker has drawn it.
  const watch = async (tries) => {
    const told = await (await fetch(place.dataset.drawing, { headers: { Accept: "application/json" } })).json();
    if (told.done < told.total && tries > 0) setTimeout(watch, 2000, tries - 1);
    else if (tries < 30) reload();
  };
  if (place.dataset.drawing) {
    const begin = () => watch(30).catch(() => {});
    begin();
    addEventListener("saved", begin);
  }

  // The cover stands on the page as soon as the press has set it.
  const form = place.querySelector("form");
  let wanted = 0;
  const draw = () => {
    const mine = ++wanted;
    set(form, () => mine !== wanted).then((told) => told?.pages.length && reload(), () => {});
  };
  if (form) {
    draw();
    addEventListener("saved", draw);
  }
}
