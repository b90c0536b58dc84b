// Loses no word of a note: a draft stays in this browser until the server has it, and a closed tab still sends it.
(() => {
  const form = () => document.querySelector("[data-note]");
  const area = () => form()?.elements.text;
  const key = () => `draft ${form().elements.learner.value} ${form().getAttribute("action")}`;
  if (!form()) return;
  let sent = area().value;

  // With the version that it was written over: what was saved since, elsewhere, is not written over unseen.
  const keep = (text) => localStorage.setItem(key(), JSON.stringify({ version: form().elements.version.value, text }));

  const draft = JSON.parse(localStorage.getItem(key()));
  const stored = area().value;
  if (draft && draft.text !== stored) {
    const isNewer = draft.version === form().elements.version.value || draft.text.includes(stored);
    if (isNewer || !stored.includes(draft.text)) {
      area().value = isNewer ? draft.text : `${stored}\n\n---\n\n${draft.text}`;
      document.getElementById("note-saved").textContent = "Brought back what was not saved";
      area().dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      localStorage.removeItem(key());
    }
  }

  addEventListener("input", ({ target }) => {
    if (target === area()) keep(target.value);
  });

  addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt === form()) sent = detail.formData.get("text");
  });

  addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt.matches?.("[data-note]") && detail.successful && area()?.value === sent) {
      for (const name of Object.keys(localStorage)) if (name === key()) localStorage.removeItem(name);
    }
  });

  addEventListener("pagehide", () => {
    if (!form() || localStorage.getItem(key()) === null || area().value === sent) return;
    fetch(form().action, { method: "POST", body: new FormData(form()), keepalive: true });
  });
})();
