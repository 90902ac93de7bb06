// How far people come with a form: its key, which stands for nobody, and the last field that was answered.
export function tellStarts(form, send) {
  let told = "";
  let last = "";
  const tell = () => {
    if (!last || last === told) return;
    told = last;
    const body = new URLSearchParams({ field: last, host_query: location.search, host_referrer: document.referrer });
    for (const name of ["form_key", "rendered_at"]) body.set(name, form.elements[name].value);
    send(body);
  };
  form.addEventListener("change", (event) => {
    last = event.target.name;
    if (!told) tell();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && form.isConnected && !form.dataset.sent) tell();
  });
}
