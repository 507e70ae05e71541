// State of the support desk's pages. Alpine's CSP build evaluates no code from attributes,
// so what unfold writes there as globals and statements is registered here by name.
document.addEventListener("alpine:init", () => {
  for (const name of ["theme", "searchForm", "searchDropdown", "searchCommand"]) {
    if (window[name]) Alpine.data(name, window[name]);
  }
  Alpine.data("desk", (firstTab) => ({
    activeTab: firstTab,
    sidebarMobileOpen: false,
    // An attribute of unfold's reads window.location, which the CSP build keeps away.
    window: { location: { pathname: location.pathname, search: location.search } },
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    init() {
      this.activeTab = window.getCurrentTab() || firstTab;
      this.$watch("sidebarDesktopOpen", (open) => localStorage.setItem("sidebarDesktopOpen", open ? "1" : "0"));
    },
  }));
});
