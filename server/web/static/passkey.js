"use strict";
// Passkeys: the form with the question sends the device's answer. Without a device, or without scripts, the page says
// what else can be done.
(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential) return;
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const problem = form.querySelector("[role=alert]");
  const options = JSON.parse(form.dataset.options).publicKey;
  options.challenge = bytes(options.challenge);

  const made = async () => {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withIds(options.excludeCredentials);
    const key = await navigator.credentials.create({ publicKey: options });
    return [key, { attestationObject: text(key.response.attestationObject) }];
  };
  const shown = async () => {
    const key = await navigator.credentials.get({ publicKey: options });
    const said = key.response;
    const answer = { authenticatorData: text(said.authenticatorData), signature: text(said.signature) };
    if (said.userHandle) answer.userHandle = text(said.userHandle);
    return [key, answer];
  };

  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    try {
      const [key, answer] = form.dataset.passkey === "make" ? await made() : await shown();
      const response = { clientDataJSON: text(key.response.clientDataJSON), ...answer };
      const whole = { id: text(key.rawId), rawId: text(key.rawId), type: key.type, response };
      form.elements.answer.value = JSON.stringify({ ...whole, clientExtensionResults: {} });
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
})();
