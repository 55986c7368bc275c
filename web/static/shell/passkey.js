// Has the browser make or use a passkey, and sends what comes of it with the form around it.

const form = document.querySelector("form[data-passkey]");
const told = form.querySelector("[data-told]");
const again = form.querySelector("button");

const SAID = {
  NotAllowedError: "No passkey was used. Try again, or log in with your password.",
  InvalidStateError: "There is a passkey for this account on this device already.",
  SecurityError: "Passkeys work at the portal’s own address alone.",
};
const UNKNOWN = "This browser could not use a passkey.";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const named = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

function asked() {
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytes(options.challenge);
  options.allowCredentials = named(options.allowCredentials);
  options.excludeCredentials = named(options.excludeCredentials);
  if (options.user) options.user = { ...options.user, id: bytes(options.user.id) };
  return { publicKey: options };
}

async function run() {
  again.hidden = true;
  try {
    if (!window.PublicKeyCredential) throw new Error("no passkeys here");
    const credential = await navigator.credentials[form.dataset.passkey](asked());
    if (!credential.toJSON) throw new Error("an old browser");
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch (error) {
    told.textContent = SAID[error.name] ?? UNKNOWN;
    again.hidden = false;
    again.focus();
  }
}

again.addEventListener("click", run);
run();
