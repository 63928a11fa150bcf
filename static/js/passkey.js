// Lets the device create or use a passkey, and sends what it answers with the form around it.
const form = document.querySelector("[data-passkey]");
const fault = form.querySelector("[role=alert]");
const options = JSON.parse(document.getElementById("passkey-options").textContent);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.hidden = true;
  try {
    const { create, get } = window.webauthnJSON;
    const credential = form.dataset.passkey === "create"
      ? await create(options.creation_options)
      : await get(options.request_options);
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    fault.hidden = false; // Cancelled, timed out, or no such device.
  }
});
