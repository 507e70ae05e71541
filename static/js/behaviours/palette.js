// Command palette: Ctrl/⌘ K opens, typing filters what is here and asks the server for
// agents and calls, arrows and Enter go. G then a letter jumps; / searches the page.
const palette = document.getElementById("palette");
const box = palette.querySelector("input");
const options = () => [...palette.querySelectorAll("[role=option]")];
const visible = () => options().filter((each) => !each.parentElement.hidden);
const pick = (option) => {
  for (const each of options()) each.setAttribute("aria-selected", each === option);
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
};
const sift = () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const each of palette.querySelectorAll("[data-here] [role=option]"))
    each.parentElement.hidden = !words.every((word) => each.textContent.toLowerCase().includes(word));
  for (const title of palette.querySelectorAll("[data-here] [role=presentation]"))
    title.hidden = ![...title.parentElement.querySelectorAll("[role=option]")].some((each) => !each.parentElement.hidden);
  palette.querySelector("[data-none]").hidden = visible().length > 0;
  pick(visible()[0]);
};
box.addEventListener("input", sift);
palette.addEventListener("htmx:afterSettle", sift);
palette.addEventListener("keydown", (event) => {
  const list = visible();
  const at = list.findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") pick(list[(at + 1) % list.length]);
  else if (event.key === "ArrowUp") pick(list[(at - 1 + list.length) % list.length]);
  else if (event.key === "Enter") list[Math.max(at, 0)]?.click();
  else return;
  event.preventDefault();
});
palette.addEventListener("close", () => { box.value = ""; sift(); });
palette.addEventListener("click", (event) => { if (event.target.closest("[role=option]")) palette.close(); });

let waiting = 0;
document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return palette.open ? palette.close() : palette.showModal();
  }
  if (event.target.closest?.("input, textarea, select, [contenteditable]") || event.metaKey || event.ctrlKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-page-search]");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.timeStamp - waiting < 1200) {
    waiting = 0;
    document.querySelector(`.side [data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
  } else if (event.key === "g") waiting = event.timeStamp;
});
