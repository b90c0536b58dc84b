// Loses no word of a note: a draft stays in this browser until the server has it, and a closed tab still sends it.
(() => {
  const form = () => document.querySelector("[data-note]");
  const area = () => form()?.elements.text;
  const key = () => `note ${form().elements.learner.value} ${form().getAttribute("action")}`;
  let sent = area()?.value;

  const draft = localStorage.getItem(key());
  if (draft !== null && draft !== area().value) {
    area().value = draft;
    document.getElementById("note-saved").textContent = "Brought back what was not saved";
    area().dispatchEvent(new Event("input", { bubbles: true }));
  }

  addEventListener("input", ({ target }) => {
    if (target === area()) localStorage.setItem(key(), target.value);
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
