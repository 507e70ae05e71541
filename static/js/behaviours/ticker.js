// data-since="83" counts seconds up as m:ss from when the page (or its fragment) arrived.
const stamp = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
setInterval(() => {
  for (const each of document.querySelectorAll("[data-since]")) {
    each.dataset.since = +each.dataset.since + 1;
    each.textContent = stamp(+each.dataset.since);
  }
}, 1000);
