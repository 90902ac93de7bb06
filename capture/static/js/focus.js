// Gives the focus to what has just become important, such as the summary of errors above a form.
document.querySelector("[data-focus]")?.focus();
