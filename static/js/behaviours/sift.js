// data-sift="selector": a search box and buttons above a list hide what does not match.
// [data-sift-words] is the box, [data-sift-by="kind"] a button for what [data-sift-is].
// [data-sift-group] goes with its last match, and [data-sift-count] in it counts them.
// [data-sift-none] is seen where nothing matches; [data-sift-clear] in it asks for nothing.
// What was chosen in a list stays chosen while it is hidden: nothing is fetched anew.
const sift = (bar) => {
  const scope = bar.closest("form, main");
  const words = bar.querySelector("[data-sift-words]").value.toLowerCase().split(/\s+/);
  const kind = bar.querySelector("[data-sift-by][aria-pressed=true]")?.dataset.siftBy;
  const listed = [...scope.querySelectorAll(bar.dataset.sift)];
  for (const each of listed) {
    const text = each.textContent.toLowerCase();
    each.hidden = !words.every((word) => text.includes(word)) || Boolean(kind && each.dataset.siftIs !== kind);
  }
  for (const group of scope.querySelectorAll("[data-sift-group]")) {
    const seen = listed.filter((each) => !each.hidden && group.contains(each)).length;
    group.hidden = !seen;
    for (const count of group.querySelectorAll("[data-sift-count]")) count.textContent = seen;
  }
  for (const none of scope.querySelectorAll("[data-sift-none]")) none.hidden = listed.some((each) => !each.hidden);
};
document.addEventListener("input", (event) => {
  const bar = event.target.closest("[data-sift-words]")?.closest("[data-sift]");
  if (bar) sift(bar);
});
const press = (bar, button) => {
  for (const each of bar.querySelectorAll("[data-sift-by]")) each.setAttribute("aria-pressed", each === button);
  sift(bar);
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sift-by]");
  if (button) press(button.closest("[data-sift]"), button);
  const bar = event.target.closest("[data-sift-clear]")?.closest("form, main").querySelector("[data-sift]");
  if (!bar) return;
  const words = bar.querySelector("[data-sift-words]");
  words.value = "";
  press(bar, bar.querySelector('[data-sift-by=""]'));
  words.focus();
});
document.addEventListener("htmx:afterSettle", () => {
  for (const bar of document.querySelectorAll("main [data-sift]")) sift(bar);
});
