// data-sift="selector": a search box and buttons above a list hide what does not match.
// [data-sift-words] is the box, [data-sift-by="kind"] a button for what [data-sift-is].
for (const bar of document.querySelectorAll("[data-sift]")) {
  const box = bar.querySelector("[data-sift-words]");
  const buttons = [...bar.querySelectorAll("[data-sift-by]")];
  const sift = () => {
    const words = box.value.trim().toLowerCase();
    const kind = buttons.find((each) => each.getAttribute("aria-pressed") === "true")?.dataset.siftBy;
    let left = 0;
    for (const each of document.querySelectorAll(bar.dataset.sift)) {
      each.hidden = !each.textContent.toLowerCase().includes(words) || Boolean(kind && each.dataset.siftIs !== kind);
      left += !each.hidden;
    }
    for (const group of document.querySelectorAll("[data-sift-group]"))
      group.hidden = ![...group.querySelectorAll(bar.dataset.sift.split(" ").at(-1))].some((each) => !each.hidden);
    for (const none of document.querySelectorAll("[data-sift-none]")) none.hidden = left > 0;
  };
  box.addEventListener("input", sift);
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-sift-by]");
    if (!button) return;
    for (const each of buttons) each.setAttribute("aria-pressed", each === button);
    sift();
  });
  document.addEventListener("htmx:afterSettle", sift);
}
