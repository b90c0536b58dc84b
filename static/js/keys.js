// The keyboard: j and k move, l d s t set the state, u undoes, / searches, ? shows the keys. Silent while one types.
(() => {
  const KEYS = [
    ["j", "next skill"], ["k", "previous skill"], ["t", "to do"], ["l", "learning"], ["d", "done"],
    ["s", "skipped"], ["u", "undo"], ["/", "search"], ["?", "these keys"],
  ];
  const STATES = { t: "todo", l: "learning", d: "done", s: "skipped" };

  const rows = () => [...document.querySelectorAll(".skill[id]")].filter((row) => row.checkVisibility());
  const current = () => document.activeElement.closest(".skill[id]");

  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    next?.querySelector("summary").focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const search = () => {
    const field = document.getElementById("q");
    if (field) field.focus();
    else document.querySelector('[data-key="/"]')?.click();
  };

  const help = () => {
    const dialog = document.createElement("dialog");
    dialog.className = "keys";
    dialog.setAttribute("aria-label", "Keys");
    const list = document.createElement("dl");
    for (const [key, what] of KEYS) {
      const [term, meaning] = ["dt", "dd"].map((name) => document.createElement(name));
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      meaning.textContent = what;
      list.append(term, meaning);
    }
    const close = Object.assign(document.createElement("button"), { className: "btn small", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(Object.assign(document.createElement("h2"), { textContent: "Keys" }), list, close);
    document.body.append(dialog);
    dialog.showModal();
  };

  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    const chord = event.ctrlKey || event.metaKey;
    if (chord && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
    }
    if (typing || chord || event.altKey || event.isComposing) return;
    const key = event.key;
    const control = current()?.querySelector(".state") ?? document.querySelector("[id^=state-] .state");
    if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "u") document.querySelector("#toasts button")?.click();
    else if (key === "/") search();
    else if (key === "?") help();
    else if (key in STATES && control) control.querySelector(`[value="${STATES[key]}"]`).click();
    else return;
    event.preventDefault();
  });
})();
