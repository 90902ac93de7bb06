// Passkeys: a form with data-passkey asks that address what is wanted, the browser for the answer, and sends it along.
// What went wrong is said by the form's place for it: data-no-answer, data-is-there and data-no-options.
const NO_OPTIONS = "noOptions";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(options) {
  const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: options.user && { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
    allowCredentials: named(options.allowCredentials),
  };
}

function encoded(credential) {
  const { response } = credential;
  const told = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    told.attestationObject = text(response.attestationObject);
    told.transports = response.getTransports?.() ?? [];
  } else {
    told.authenticatorData = text(response.authenticatorData);
    told.signature = text(response.signature);
    if (response.userHandle) told.userHandle = text(response.userHandle);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: told,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function answer(form) {
  const token = new FormData();
  token.set("csrf_token", form.elements.csrf_token.value);
  const asked = await fetch(form.dataset.passkey, { method: "POST", body: token });
  if (!asked.ok || asked.redirected) throw new Error(NO_OPTIONS);
  const publicKey = decoded(await asked.json());
  const isNew = "passkeyNew" in form.dataset;
  return encoded(await (isNew ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
}

function attach(form) {
  const trouble = form.querySelector("[data-passkey-trouble]");
  const button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    trouble.hidden = true;
    try {
      form.elements.credential.value = await answer(form);
      form.submit();
    } catch (error) {
      const words = { InvalidStateError: "isThere" };
      trouble.textContent = trouble.dataset[words[error.name] ?? (error.message === NO_OPTIONS ? NO_OPTIONS : "noAnswer")];
      trouble.hidden = false;
      button.disabled = false;
      button.focus();
    }
  });
}

const show = (name, isShown) => document.querySelectorAll(`[data-passkey-${name}]`).forEach((part) => { part.hidden = !isShown; });

show("off", false);
if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey]").forEach(attach);
  show("or", true);
} else {
  show("never", true);
}
