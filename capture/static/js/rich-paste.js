// Pasted rich text becomes Markdown. Where that fails, and without a script, the plain text is pasted.
for (const field of document.querySelectorAll("textarea[data-rich-paste]")) {
  const said = field.form.querySelector("[data-pasted], [data-said]");
  field.addEventListener("paste", (event) => {
    const html = event.clipboardData.getData("text/html");
    const plain = event.clipboardData.getData("text/plain");
    if (!/<(h[1-6]|p|li|table|b|strong|em|i|a|img)\b/i.test(html) || isMarkdown(plain)) return;
    event.preventDefault();
    said.textContent = said.dataset.taking;
    asMarkdown(field, html).then(
      (told) => {
        insert(field, told.text);
        said.textContent = told.left_out ? said.dataset.left.replace("{number}", told.left_out) : "";
      },
      () => {
        insert(field, plain);
        said.textContent = said.dataset.plain;
      },
    );
  });
}

// An editor that colours Markdown puts it on the clipboard as rich text too: then the plain text is what is meant.
function isMarkdown(plain) {
  return /^(#{1,6} |[-*+] |\d+\. |> |```|:::)/m.test(plain) && /^#{1,6} |\]\(|\*\*/m.test(plain);
}

async function asMarkdown(field, html) {
  const body = new FormData();
  body.append("html", html);
  body.append("csrf_token", field.form.elements.csrf_token.value);
  const answer = await fetch(field.dataset.richPaste, { method: "POST", body, redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

// As if it had been typed, so that undo takes it back.
export function insert(field, text) {
  field.focus();
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
