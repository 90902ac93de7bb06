// Pages to leaf through: buttons beside the row, and a large view in place. Once all else is there they come without
// anybody scrolling, so that a picture of the whole page has them too.
for (const section of document.querySelectorAll("[data-leaves]")) {
  const row = section.querySelector("[data-leaves-row]");
  const links = [...row.querySelectorAll("[data-leaf]")];
  const [back, on] = ["back", "on"].map((way) => section.querySelector(`[data-leaves-${way}]`));
  const step = () => row.clientWidth * 0.7;
  const atEnd = () => row.scrollLeft + row.clientWidth >= row.scrollWidth - 4;
  const show = () => {
    back.ariaDisabled = String(row.scrollLeft < 4);
    on.ariaDisabled = String(atEnd());
  };
  back.addEventListener("click", () => row.scrollBy({ left: -step(), behavior: motion() }));
  on.addEventListener("click", () => row.scrollBy({ left: step(), behavior: motion() }));
  row.addEventListener("scroll", show, { passive: true });
  addEventListener("resize", show);
  section.querySelector("[data-leaves-buttons]").hidden = row.scrollWidth <= row.clientWidth;
  show();
  view(links, section.dataset);
  addEventListener("load", () => {
    for (const picture of row.querySelectorAll("img")) picture.loading = "eager";
  });
}

function motion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

function view(links, said) {
  if (!links.length || !window.HTMLDialogElement) return;
  const dialog = document.createElement("dialog");
  dialog.className = "viewer";
  dialog.setAttribute("aria-label", said.viewer);
  dialog.innerHTML =
    '<div class="viewer__bar"><button class="round" type="button" >←</button>' +
    '<span role="status"></span><button class="round" type="button" >→</button>' +
    '<form method="dialog"><button class="button button--quiet"></button></form></div><img alt="">';
  document.body.append(dialog);
  const [back, on] = dialog.querySelectorAll(".round");
  back.ariaLabel = said.earlier;
  on.ariaLabel = said.next;
  dialog.querySelector(".button").textContent = said.close;
  const picture = dialog.querySelector("img");
  let now = 0;
  const turn = (to) => {
    now = (to + links.length) % links.length;
    const small = links[now].querySelector("img");
    picture.width = small.width * 4;
    picture.height = small.height * 4;
    picture.src = links[now].href;
    picture.alt = small.alt;
    dialog.querySelector("[role=status]").textContent = links[now].dataset.leaf;
  };
  back.addEventListener("click", () => turn(now - 1));
  on.addEventListener("click", () => turn(now + 1));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(now - 1);
    if (event.key === "ArrowRight") turn(now + 1);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      turn(index);
      dialog.showModal();
    }),
  );
}
