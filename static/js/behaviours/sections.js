// The editor's sections. A link with data-section opens its panel: what is shown is fetched
// anew, unless something typed in it is not saved. "draft:replaced" (the server's HX-Trigger
// after an undo, a choice, a publication) draws the open panel again. Ctrl Z outside of a
// field takes back the last change.
const list = document.querySelector("[data-sections]");
const panelOf = (name) => document.querySelector(`[data-panel="${CSS.escape(name)}"]`);
const open = () => document.querySelector("[data-panel]:not([hidden])");

const fetchPanel = (panel) => htmx.ajax("GET", `?section=${panel.dataset.panel}`, { target: panel, swap: "innerHTML" });
const show = (name) => {
  const panel = panelOf(name);
  if (!panel) return;
  document.dispatchEvent(new CustomEvent("draft:flush"));
  for (const link of list.querySelectorAll("[data-section]")) {
    if (link.dataset.section === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const each of document.querySelectorAll("[data-panel]")) each.hidden = each !== panel;
  history.replaceState(null, "", `?section=${name}`);
  list.querySelector('[aria-current="true"]').scrollIntoView({ block: "nearest", inline: "nearest" });
  if (!panel.querySelector("form[data-unsaved]")) fetchPanel(panel);
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-section]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    show(link.dataset.section);
    if (!list.contains(link)) open().querySelector("h2")?.scrollIntoView({ block: "nearest" });
  }
  const reload = event.target.closest("[data-section-reload]");
  if (reload) {
    const panel = panelOf(reload.dataset.sectionReload);
    delete panel.querySelector("form")?.dataset.unsaved;
    fetchPanel(panel);
  }
});
document.addEventListener("draft:replaced", () => {
  const panel = open();
  if (!panel.querySelector("form[data-unsaved]")) fetchPanel(panel);
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog")) return;
  event.preventDefault();
  document.querySelector("[data-undo]")?.click();
});

// Fetched panels keep the tab that was open in them.
let tab = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.target.matches("[data-panel]")) return;
  // Somebody has begun to type in the old one.
  if (event.target.querySelector("form[data-unsaved]")) event.detail.shouldSwap = false;
  tab = event.target.querySelector('[role="tab"][aria-selected="true"]')?.id ?? "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches("[data-panel]") && tab) document.getElementById(tab)?.click();
});
