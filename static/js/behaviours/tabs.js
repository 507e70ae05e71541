// role=tablist[data-tabs] > role=tab[aria-controls]. Arrow keys move; data-tabs="hash"
// remembers in the address.
const tabsOf = (list) => [...list.querySelectorAll('[role="tab"]')];
const show = (tab, focus) => {
  const list = tab.closest('[role="tablist"]');
  for (const each of tabsOf(list)) {
    const on = each === tab;
    each.setAttribute("aria-selected", on);
    each.tabIndex = on ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = !on;
  }
  if (focus) tab.focus();
  tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (list.dataset.tabs === "hash") history.replaceState(null, "", "#" + tab.getAttribute("aria-controls"));
};
const tabIn = (event) => event.target.closest?.('[role="tablist"][data-tabs] [role="tab"]');
document.addEventListener("click", (event) => { const tab = tabIn(event); if (tab) show(tab); });
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const tab = step && tabIn(event);
  if (!tab) return;
  const tabs = tabsOf(tab.closest('[role="tablist"]'));
  event.preventDefault();
  show(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
});
const go = () => {
  for (const list of document.querySelectorAll('[role="tablist"][data-tabs="hash"]')) {
    const tab = tabsOf(list).find((each) => "#" + each.getAttribute("aria-controls") === location.hash);
    if (tab) show(tab);
  }
};
addEventListener("hashchange", go);
go();
