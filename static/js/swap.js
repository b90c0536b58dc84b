// What a swap must not lose: which details are open, the focus, and a press on a row that is still being saved.
(() => {
  let open = [];
  let focused = "";
  const pressed = new Map(); // id of a row in flight -> the value pressed since; the last one counts

  const find = (selector) => selector && document.querySelector(selector);
  const selectorOf = (element) => {
    const holder = element.closest("[id]");
    if (!holder) return "";
    const id = `#${CSS.escape(holder.id)}`;
    if (holder === element) return id;
    return `${id} ${element.localName}${element.value ? `[value="${CSS.escape(element.value)}"]` : ""}`;
  };

  addEventListener("htmx:beforeSwap", ({ detail }) => {
    open = [...detail.target.querySelectorAll("details")].map((details) => [selectorOf(details), details.open]);
    focused = detail.target.contains(document.activeElement) ? selectorOf(document.activeElement) : "";
  });

  // Before anything is painted: what opens later pushes down what is being read.
  addEventListener("htmx:afterSwap", () => {
    for (const [selector, wasOpen] of open) {
      const details = find(selector);
      if (details) details.open = wasOpen;
    }
  });

  addEventListener("htmx:afterSettle", ({ target }) => {
    if (document.activeElement === document.body) {
      (find(focused) || document.getElementById("main")).focus({ preventScroll: true });
    }
    open = [];
    focused = "";
    release(target.id);
  });

  // The buttons are plain submit buttons, hundreds a page: here, once, they learn to change only their own row.
  addEventListener("click", (event) => {
    const button = window.htmx && event.target.closest(".state button");
    if (!button) return;
    event.preventDefault();
    const target = button.closest("[id]");
    if (pressed.has(target.id)) {
      pressed.set(target.id, button.value);
    } else {
      pressed.set(target.id, "");
      htmx.ajax("POST", button.getAttribute("formaction"), { source: button, target, swap: "outerHTML" });
    }
  });

  addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful) release(detail.target.id);
  });

  const release = (id) => {
    const value = pressed.get(id);
    pressed.delete(id);
    if (value) find(`#${CSS.escape(id)} [value="${value}"]`)?.click();
  };
})();
