// One-line receipts. Anything may ask for one: dispatch "toast" with detail {text, tone},
// or let the server send HX-Trigger {"toast": {"text": …, "tone": "bad"}}. Receipts leave
// after 5 s; what went wrong stays until it is closed.
const shelf = document.querySelector("[data-toasts]");
const leave = (toast) => { if (!toast.matches(".bad")) setTimeout(() => toast.remove(), 5000); };
// A popover shown last lies above an open dialog.
const lift = () => { if (shelf.matches(":popover-open")) shelf.hidePopover(); shelf.showPopover(); };
const raise = ({ text, tone }) => {
  if (!shelf || !text) return;
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  if (tone) toast.classList.add(tone);
  if (tone === "bad") toast.setAttribute("role", "alert");
  shelf.append(toast);
  lift();
  leave(toast);
};
document.addEventListener("toast", (event) => raise(event.detail));
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast").remove());
if (shelf?.querySelector(".toast")) lift();
shelf?.querySelectorAll(".toast").forEach(leave);
document.addEventListener("htmx:afterSwap", (event) => { if (event.target === shelf) lift(); });
