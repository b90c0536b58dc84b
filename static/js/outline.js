// The curators' outline: rows are dragged into their place, and opened where they stand. Without it the arrows and
// links of the page do the same.
(() => {
  const order = document.getElementById("order");
  const version = () => document.querySelector("[data-version]").dataset.version;

  const send = (values) => {
    for (const [name, value] of Object.entries(values)) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      order.append(field);
    }
    order.requestSubmit();
  };

  for (const list of document.querySelectorAll("ol[data-kind]")) {
    const { kind, parent } = list.dataset;
    Sortable.create(list, {
      group: kind,
      handle: `.${kind}-handle`,
      draggable: "li",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      forceFallback: true, // pointers and touch alike, scrolls as one drags, and looks as in its list
      ghostClass: "ghost",
      onEnd: ({ item, to, from, oldIndex, newIndex }) => {
        if (to === from && oldIndex === newIndex) return;
        send({ row: item.dataset.row, to: to.dataset.parent, before: item.nextElementSibling?.dataset.row ?? "" });
      },
    });
  }
  for (const element of document.querySelectorAll(".outline [hidden]")) element.hidden = false;

  addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-opens]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const panel = document.getElementById(link.dataset.opens);
    const closes = panel.contains(link);
    if (!closes && panel.childElementCount) {
      panel.querySelector("input:not([type=hidden]), select").focus();
      return;
    }
    const page = await fetch(link.href)
      .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
      .then((text) => new DOMParser().parseFromString(text, "text/html"))
      .catch(() => null);
    const fresh = page?.getElementById(panel.id);
    if (!fresh || page.querySelector("[data-version]").dataset.version !== version()) {
      location.assign(link.href); // the outline has changed, or one has to sign in first
      return;
    }
    panel.replaceWith(fresh);
    const next = closes ? `[data-opens="${panel.id}"]` : `#${panel.id} input:not([type=hidden])`;
    document.querySelector(next)?.focus();
  });
})();
