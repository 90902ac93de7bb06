// Asks how far a publishing is, and shows the result once there is one. Without it the page reloads by itself.
const place = document.querySelector("[data-progress]");

const look = async () => {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (told.finished) return location.reload();
    place.querySelector("[data-said]").textContent = told.said;
    const bar = place.querySelector("progress");
    if (told.total) {
      bar.max = told.total;
      bar.value = told.done;
    }
  } catch {
    // The next look may find the server again.
  }
  setTimeout(look, 800);
};
if (place) setTimeout(look, 500);
