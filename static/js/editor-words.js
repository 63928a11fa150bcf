// The rich text editor has no name, and its buttons speak English only.
const words = {
  paragraph: gettext("paragraph"),
  Paragraph: gettext("Paragraph"),
  "Heading 2": gettext("Heading 2"),
  "Heading 3": gettext("Heading 3"),
  "unordered list": gettext("unordered list"),
  "ordered list": gettext("ordered list"),
  blockquote: gettext("blockquote"),
  bold: gettext("bold"),
  italic: gettext("italic"),
  "insert link": gettext("insert link"),
  "remove link": gettext("remove link"),
  undo: gettext("undo"),
  redo: gettext("redo"),
  "edit HTML": gettext("edit HTML"),
};

const nameEditor = (editor) => {
  const field = editor.parentElement.querySelector("textarea");
  const label = field && document.querySelector(`label[for="${field.id}"]`);
  if (label) editor.ariaLabel = label.textContent;
};

const translate = () => {
  document.querySelectorAll("[contenteditable=true]:not([aria-label])").forEach(nameEditor);
  for (const button of document.querySelectorAll(".prose-menubar [title]")) {
    const word = words[button.title] ?? button.title;
    if (word !== button.title) button.title = button.ariaLabel = word;
  }
  for (const option of document.querySelectorAll(".prose-menubar__option > *")) {
    const word = words[option.textContent] ?? option.textContent;
    if (word !== option.textContent) option.textContent = word;
  }
};

// The editor is built by a module of its own, before or after this one.
new MutationObserver(translate).observe(document.body, { childList: true, subtree: true });
translate();
