// Says so when an answer did not come or could not be used: offline, a server error, a time-out.
(() => {
  const say = (text) => {
    const toast = document.createElement("div");
    toast.className = "toast bad";
    toast.append(Object.assign(document.createElement("b"), { textContent: "Not saved." }), ` ${text}`);
    document.getElementById("toasts").replaceChildren(toast);
  };
  addEventListener("htmx:sendError", () => say("There is no connection. Try again when there is."));
  addEventListener("htmx:timeout", () => say("The answer took too long. Try again in a moment."));
  addEventListener("htmx:responseError", () => say("Something went wrong on our side. Try again in a moment."));
})();
