// Keeps what a swap would lose: which details are open, and the focus.
(() => {
  let open = [];
  let focused = "";

  const find = (selector) => selector && document.querySelector(selector);
  const selectorOf = (element) => {
    const holder = element.closest("[id]");
    if (!holder) return "";
    const id = `#${CSS.escape(holder.id)}`;
    if (holder === element) return id;
    return element.value ? `${id} [value="${CSS.escape(element.value)}"]` : `${id} ${element.localName}`;
  };

  addEventListener("htmx:beforeSwap", ({ detail }) => {
    open = [...detail.target.querySelectorAll("details")].map((details) => [selectorOf(details), details.open]);
    focused = detail.target.contains(document.activeElement) ? selectorOf(document.activeElement) : "";
  });

  addEventListener("htmx:afterSettle", () => {
    for (const [selector, wasOpen] of open) {
      const details = find(selector);
      if (details) details.open = wasOpen;
    }
    if (document.activeElement === document.body) {
      (find(focused) || document.getElementById("main")).focus({ preventScroll: true });
    }
    open = [];
    focused = "";
  });
})();
