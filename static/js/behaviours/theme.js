// Theme: auto follows the system, light and dark override it. Loaded in <head> without
// defer, so that the page never flashes. The choice stays in this browser.
{
  const root = document.documentElement;
  const named = (theme) => theme === "light" || theme === "dark";
  const stored = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = (theme) => {
    if (named(theme)) root.dataset.theme = theme;
    else delete root.dataset.theme;
    tell();
  };
  const tell = () => {
    for (const each of document.querySelectorAll("[data-theme-to]"))
      each.setAttribute("aria-pressed", each.dataset.themeTo === (root.dataset.theme ?? "auto"));
  };
  const choose = (theme) => {
    try { named(theme) ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch { /* private mode: for this page only */ }
    apply(theme);
  };
  apply(new URLSearchParams(location.search).get("theme") ?? stored());
  document.addEventListener("DOMContentLoaded", tell);
  document.addEventListener("click", (event) => {
    const to = event.target.closest("[data-theme-to]");
    if (to) return choose(to.dataset.themeTo);
    if (!event.target.closest("[data-theme-switch]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    choose(dark ? "light" : "dark");
  });
}
