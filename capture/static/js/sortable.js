// Lists that are put in order by dragging; their buttons do the same without a mouse and without a script. A list that
// names a form has its order sent at once; one that is part of a form is saved with it.
import { announce } from "./announce.js";

for (const list of document.querySelectorAll("[data-sortable]")) {
  const form = document.getElementById(list.dataset.sortable);
  const hints = [...document.querySelectorAll("[data-drag-hint]")];
  let dragged = null;
  for (const hint of hints) hint.hidden = false;
  const changed = () => {
    const order = list.dataset.order && list.closest("form").elements[list.dataset.order];
    if (order) order.value = [...list.children].map((one) => one.dataset.number).join(",");
    list.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const item of list.children) {
    if ("fixed" in item.dataset) continue;
    item.draggable = true;
    // Words in a field are chosen by dragging too: then the row stays where it is.
    item.addEventListener("focusin", (event) => (item.draggable = !event.target.matches("input, textarea")));
    item.addEventListener("focusout", () => (item.draggable = true));
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.classList.add("is-dragged");
      event.dataTransfer.effectAllowed = "move";
    });
    item.addEventListener("dragend", () => {
      item.classList.remove("is-dragged");
      dragged = null;
      if (!form) return changed();
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
  if (form) continue;
  for (const button of list.querySelectorAll("[data-move]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const item = button.closest("li");
      const isUp = button.dataset.move === "up";
      const other = isUp ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      other[isUp ? "before" : "after"](item);
      button.focus();
      const words = { what: item.dataset.what, place: [...list.children].indexOf(item) + 1, count: list.children.length };
      announce(list.dataset.now.replace(/{(\w+)}/g, (_, key) => words[key]));
      changed();
    });
  }
}
