// data-open="id" opens a <dialog>; data-close closes the nearest; a click on the backdrop
// closes too. data-toggle="id" flips data-open on any other element (mobile sidebar, test
// sheet). A dialog that htmx fills opens by itself; the event "dialog:close" (a server's
// HX-Trigger) closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]:not(dialog, .side, .test)");
  if (opener) return document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) return event.target.closest("dialog")?.close();
  if (event.target.matches("dialog[open]")) return event.target.close();
  const toggle = event.target.closest("[data-toggle]");
  if (!toggle) return;
  const shown = document.getElementById(toggle.dataset.toggle)?.toggleAttribute("data-open");
  if (toggle.hasAttribute("aria-expanded")) toggle.setAttribute("aria-expanded", shown);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const each of document.querySelectorAll(".side[data-open], .test[data-open]")) each.removeAttribute("data-open");
  for (const each of document.querySelectorAll("[data-toggle][aria-expanded]")) each.setAttribute("aria-expanded", false);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches("dialog[data-fill]") && !event.target.open) event.target.showModal();
});
document.addEventListener("dialog:close", () => {
  for (const each of document.querySelectorAll("dialog[open]")) each.close();
});
// What was filled in leaves with the dialog: it may have shown a secret.
document.addEventListener("close", (event) => {
  if (event.target.matches("dialog[data-fill]")) event.target.replaceChildren();
}, true);
// ?open=id shows a dialog at once, for links from mail.
const first = new URLSearchParams(location.search).get("open");
if (first) document.getElementById(first)?.showModal?.();
