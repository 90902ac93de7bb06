// One more empty line of fields below the last one.
for (const button of document.querySelectorAll("[data-another]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const last = button.parentElement.previousElementSibling;
    const line = last.cloneNode(true);
    for (const field of line.querySelectorAll("input")) {
      field.value = "";
      for (const name of ["id", "aria-describedby", "aria-invalid"]) field.removeAttribute(name);
    }
    last.after(line);
    line.querySelector("input").focus();
  });
}
