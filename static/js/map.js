// Lights what a node needs and opens while it is pointed at or has the focus; dims the rest.
(() => {
  const map = document.querySelector("[data-map] > svg");
  if (!map) return;
  const NAMES = ["self", "near", "needs", "opens"];
  let shown = null;

  const light = (node) => {
    if (node === shown) return;
    shown = node;
    for (const element of map.querySelectorAll(".self, .near, .needs, .opens")) element.classList.remove(...NAMES);
    map.classList.toggle("lit", node !== null);
    if (!node) return;
    const id = node.dataset.node;
    node.classList.add("self");
    for (const line of map.querySelectorAll(`[data-before="${id}"], [data-after="${id}"]`)) {
      const opens = line.dataset.before === id;
      const other = map.querySelector(`[data-node="${opens ? line.dataset.after : line.dataset.before}"]`);
      for (const element of [line, other]) element.classList.add(opens ? "opens" : "needs");
      other.classList.add("near");
    }
  };
  const nodeAt = (event) => event.target.closest("[data-node]");
  const focused = () => document.activeElement?.closest("[data-node]") ?? null;

  map.addEventListener("pointerover", (event) => light(event.pointerType === "touch" ? focused() : nodeAt(event) ?? focused()));
  map.addEventListener("pointerleave", () => light(focused()));
  map.addEventListener("focusin", (event) => light(nodeAt(event)));
  map.addEventListener("focusout", () => light(null));

  // Where the map is wider than the window, it opens where the way goes on.
  const region = map.parentElement;
  const here = map.querySelector("[data-here]") ?? map.querySelector("[data-node]");
  if (here && region.scrollWidth > region.clientWidth) {
    const { left, width } = here.getBoundingClientRect();
    region.scrollLeft += left + width / 2 - region.getBoundingClientRect().left - region.clientWidth / 2;
  }
})();
