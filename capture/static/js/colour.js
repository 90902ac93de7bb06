// Says how a colour reads while it is picked.
for (const said of document.querySelectorAll("[data-verdict]")) {
  const tenth = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const picker = document.getElementById(said.dataset.verdictOf);
  let asked = 0;
  picker.addEventListener("input", async () => {
    const mine = ++asked;
    const answer = await fetch(`${said.dataset.verdict}${picker.value.slice(1)}`);
    if (!answer.ok || mine !== asked) return;
    const { ratio, said: words } = await answer.json();
    said.querySelector("strong").textContent = said.dataset.contrast.replace("{ratio}", ratio.toLocaleString(document.documentElement.lang, tenth));
    said.querySelector("span").textContent = words;
  });
}
