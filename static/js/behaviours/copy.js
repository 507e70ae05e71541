// data-copy="text" or data-copy-from="#id" puts text on the clipboard and says so.
const say = (text, tone) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const text = button.dataset.copy ?? document.querySelector(button.dataset.copyFrom).textContent.trim();
  const use = button.querySelector("use");
  const before = use?.getAttribute("href");
  try { await navigator.clipboard.writeText(text); } catch { return say("This browser does not let the page copy. Select the text and copy it by hand.", "bad"); }
  use?.setAttribute("href", before.replace(/#.*/, "#check"));
  say("Copied");
  setTimeout(() => use?.setAttribute("href", before), 1400);
});
