// A few tools above a text, for those who do not know Markdown by heart. The text works without them.
import { insert } from "./rich-paste.js";

const CALLOUT = ["::: callout tip\n", "\n:::"];
const KEYS = { b: "bold", i: "italic", k: "link" };

for (const field of document.querySelectorAll("textarea[data-editor]")) {
  const bar = field.form.querySelector("[data-tools]");
  const picture = document.querySelector("[data-picture]");
  const sample = (tool) => bar.querySelector(`[data-tool=${tool}]`).dataset.sample;
  const tools = {
    heading: () => atLineStart(field, "## "),
    list: () => atLineStart(field, "- "),
    tick: () => atLineStart(field, "- [ ] "),
    bold: () => around(field, "**", "**", sample("bold")),
    italic: () => around(field, "*", "*", sample("italic")),
    link: () => around(field, "[", "](https://)", sample("link")),
    callout: () => around(field, ...CALLOUT.map((part, n) => (n ? part : blankLineBefore(field) + part)), sample("callout")),
    picture: () => open(picture),
  };
  bar.hidden = false;
  rove(bar);
  bar.addEventListener("click", (event) => tools[event.target.closest("[data-tool]")?.dataset.tool]?.());
  field.addEventListener("keydown", (event) => {
    const tool = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && KEYS[event.key];
    if (!tool) return;
    event.preventDefault();
    tools[tool]();
  });
  pictures(field, picture);
}

// A link to a line leads to the line itself.
for (const field of document.querySelectorAll("textarea[data-line]")) {
  const lines = field.value.split("\n");
  const at = lines.slice(0, field.dataset.line - 1).join("\n").length + (field.dataset.line > 1 ? 1 : 0);
  field.focus();
  field.setSelectionRange(at, at + (lines[field.dataset.line - 1]?.length ?? 0));
}

function around(field, before, after, sample) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const words = value.slice(start, end) || sample;
  insert(field, before + words + after);
  field.setSelectionRange(start + before.length, start + before.length + words.length);
}

function atLineStart(field, sign) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const all = lines.every((line) => line.startsWith(sign));
  field.setSelectionRange(from, end);
  insert(field, lines.map((line) => (all ? line.slice(sign.length) : sign + line)).join("\n") || sign);
}

function blankLineBefore({ value, selectionStart: at }) {
  return at === 0 || value.slice(0, at).endsWith("\n\n") ? "" : value[at - 1] === "\n" ? "\n" : "\n\n";
}

// One tab stop for the whole bar; arrows go from tool to tool.
function rove(bar) {
  const buttons = [...bar.querySelectorAll("button")];
  buttons.forEach((button, index) => (button.tabIndex = index ? -1 : 0));
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const now = buttons.indexOf(document.activeElement);
    const next = buttons[(now + step + buttons.length) % buttons.length];
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  });
}

// --- pictures -----------------------------------------------------------------------------------

// The form for a picture opens as a dialog: by the tool, or when a picture is dropped into the text or pasted.
function pictures(field, section) {
  const dialog = document.querySelector("[data-picture-dialog]");
  const form = section.querySelector("form");
  const close = section.querySelector("[data-picture-close]");
  const said = section.querySelector("[data-picture-said]");
  dialog.append(section);
  close.hidden = false;
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => field.focus());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = said.dataset.adding;
    try {
      const body = new FormData(form);
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "error" });
      const told = await answer.json();
      said.textContent = told.said ?? "";
      if (!answer.ok) return;
      dialog.close();
      const lineEnd = field.value.indexOf("\n", field.selectionEnd);
      field.selectionStart = field.selectionEnd = lineEnd < 0 ? field.value.length : lineEnd;
      insert(field, `${blankLineBefore(field)}${told.text}\n`);
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
  const offer = (event, files) => {
    const file = [...files].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    const held = new DataTransfer();
    held.items.add(file);
    open(section, held.files);
  };
  field.addEventListener("drop", (event) => offer(event, event.dataTransfer.files));
  field.addEventListener("paste", (event) => {
    if (!event.clipboardData.getData("text/html")) offer(event, event.clipboardData.files);
  });
}

function open(section, files) {
  const form = section.querySelector("form");
  form.reset();
  section.querySelector("[data-picture-said]").textContent = "";
  if (files) form.elements.picture.files = files;
  section.closest("dialog").showModal();
  (files ? form.elements.alt : form.elements.picture).focus();
}
