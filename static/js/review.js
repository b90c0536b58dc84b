// The keyboard on the review page: space shows the answer, 1 to 4 rate it. Silent while one types.
(() => {
  const answer = document.querySelector("details.answer");
  if (!answer) return;

  addEventListener("keydown", (event) => {
    const busy = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (busy || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    // On a button or a link, space is that one's.
    if (event.key === " " && !event.target.closest?.("button, a, summary")) answer.open = !answer.open;
    else if (/^[1-4]$/.test(event.key) && answer.open) answer.querySelector(`[value="${event.key}"][name=rating]`).click();
    else return;
    event.preventDefault();
  });
})();
