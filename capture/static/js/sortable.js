// Lists that are put in order by dragging; their buttons do the same without a mouse and without a script.
for (const list of document.querySelectorAll("[data-sortable]")) {
  const form = document.getElementById(list.dataset.sortable);
  const hint = document.querySelector("[data-drag-hint]");
  let dragged = null;
  if (hint) hint.hidden = false;
  for (const item of list.children) {
    if ("fixed" in item.dataset) continue;
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
    });
    item.addEventListener("dragend", () => {
      item.classList.remove("is-dragged");
      dragged = null;
      const order = [...list.children].map((one) => one.dataset.key).join(",");
      if (order === form.elements.order.value) return;
      form.elements.order.value = order;
      form.dataset.moved = item.id;
      form.requestSubmit();
    });
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      const box = item.getBoundingClientRect();
      item[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
    });
  }
}
