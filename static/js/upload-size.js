// Says before sending that photos are too large, since the server would refuse the whole form.
// The figures are those of core/photo_decoding.py and REQUEST_MAX_BYTES, less the text's share.
const MEGABYTE = 1024 * 1024;
const EACH = 10 * MEGABYTE;
const ALL = 30 * MEGABYTE;

const faultOf = (files) => {
  if (files.some((file) => file.size > EACH)) {
    return gettext("One photo is larger than 10 MB. Please choose a smaller one.");
  }
  if (files.reduce((sum, file) => sum + file.size, 0) > ALL) {
    return gettext("The photos are larger than 30 MB together. Please save some now and the others afterwards.");
  }
  return "";
};

for (const form of document.querySelectorAll("form[enctype='multipart/form-data']")) {
  const note = document.createElement("p");
  note.className = "errornote";
  note.setAttribute("role", "alert");
  form.addEventListener("submit", (event) => {
    const inputs = [...form.querySelectorAll("input[type=file]")];
    note.textContent = faultOf(inputs.flatMap((input) => [...input.files]));
    if (!note.textContent) return;
    event.preventDefault();
    form.prepend(note);
    note.scrollIntoView();
  });
}
