// An instant in the visitor's own zone, beside the zone that the page announces.
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const place of document.querySelectorAll("[data-local-time]")) {
  const instant = new Date(place.dataset.localTime);
  const words = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  const language = document.documentElement.lang;
  const inZone = (timeZone) => new Intl.DateTimeFormat(language, { ...words, timeZone }).format(instant);
  const same = place.dataset.zone && inZone(place.dataset.zone) === inZone(here);
  place.textContent = same ? place.dataset.same : place.dataset.there.replace("{time}", inZone(here));
}
