// Says a sentence to who listens to the page: a region that speaks has to stand there before its words.
const region = document.createElement("p");
region.className = "unseen";
region.setAttribute("aria-live", "polite");
document.body.append(region);

export function announce(words) {
  setTimeout(() => (region.textContent = words), 200);
}
