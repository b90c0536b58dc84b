// The arrow keys go from the field through the results and back, Escape goes back to the field; and what htmx cannot say
// by itself: whether what was typed is too long, or that no answer came.
(() => {
  const form = document.getElementById("seek");
  const field = document.getElementById("q");

  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const stops = [field, ...document.querySelectorAll("#results .hit")];
    const at = stops.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Escape: 0 }[event.key];
    if (at < 0 || to === at || !stops[to]) return;
    stops[to].focus();
    event.preventDefault();
  });

  form.addEventListener("htmx:validation:failed", () => field.reportValidity());

  addEventListener("htmx:afterSwap", () => {
    field.setAttribute("aria-invalid", document.getElementById("q-error").hasChildNodes());
  });

  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    form.addEventListener(failure, (event) => {
      event.stopPropagation(); // not-saved.js would say that nothing was saved
      document.getElementById("found").textContent = "No answer came. Press Search to try again.";
    });
  }
})();
