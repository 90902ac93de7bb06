// Lets the press set pages, and waits for them.
const PAUSE = 200; // milliseconds between two looks
const PATIENCE = 90_000; // milliseconds: a proof that a later one has overtaken is never set

// The pages that the form asks for, once they are set; null where `isStale` says that nobody waits for them any more.
export async function set(form, isStale = () => false) {
  const { place } = await ask(form.action, { method: "POST", body: new FormData(form) });
  for (const until = Date.now() + PATIENCE; Date.now() < until; ) {
    const told = await ask(place);
    if (isStale()) return null;
    if (told.finished) return told;
    await new Promise((go) => setTimeout(go, PAUSE));
  }
  return null;
}

export async function ask(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { Accept: "application/json" }, redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}
