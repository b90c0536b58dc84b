// Says so when no passkey came of it: cancelled, none here, or the browser has none.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const toast = document.createElement("div");
  toast.className = "toast bad";
  const title = Object.assign(document.createElement("b"), { textContent: "No passkey." });
  toast.append(title, " It was cancelled, or this browser has none for this site. Nothing was changed.");
  document.getElementById("toasts").replaceChildren(toast);
});
