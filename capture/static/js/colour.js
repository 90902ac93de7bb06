// Says how a colour reads while it is picked.
for (const said of document.querySelectorAll("[data-verdict]")) {
  const picker = document.getElementById(said.dataset.verdictOf);
  let asked = 0;
  picker.addEventListener("input", async () => {
    const mine = ++asked;
    const answer = await fetch(`${said.dataset.verdict}${picker.value.slice(1)}`);
    if (!answer.ok || mine !== asked) return;
    const { ratio, said: words } = await answer.json();
    said.querySelector("strong").textContent = `Contrast with white ${ratio.toFixed(1)}:1.`;
    said.querySelector("span").textContent = words;
  });
}
