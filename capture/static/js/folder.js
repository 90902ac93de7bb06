// Lets a whole folder be chosen where the browser can: what can is no attribute of HTML. Without it the field is not there.
for (const input of document.querySelectorAll("[data-folder]")) {
  if (!("webkitdirectory" in input)) continue;
  input.webkitdirectory = true;
  input.closest(".field").hidden = false;
}
