// Shows the pages of what is being written, a moment after each save. Without it, a button leads to them.
import { set } from "./press.js";

for (const place of document.querySelectorAll("[data-proof]")) {
  const said = place.querySelector("[data-proof-said]");
  const list = place.querySelector("[data-proof-pages]");
  const form = place.querySelector("form");
  let wanted = 0;

  const show = async () => {
    const mine = ++wanted;
    const slow = setTimeout(() => (said.textContent = said.dataset.setting), 600);
    try {
      const told = await set(form, () => mine !== wanted);
      if (told) said.textContent = told.fault;
      if (told && !told.fault) lay(list, told.pages);
    } catch {
      said.textContent = said.dataset.failed;
    }
    clearTimeout(slow);
  };

  addEventListener("saved", show);
  show();
}

// A page that stayed as it was keeps its picture, so that nothing flickers and nothing moves.
function lay(list, pages) {
  pages.forEach((page, index) => {
    const item = list.children[index] ?? list.appendChild(document.createElement("li"));
    const picture = item.querySelector("img") ?? item.appendChild(document.createElement("img"));
    if (picture.getAttribute("src") === page.url) return;
    Object.assign(picture, { width: page.width, height: page.height, alt: list.dataset.page.replace("{number}", page.page), src: page.url });
  });
  while (list.children.length > pages.length) list.lastElementChild.remove();
}
