// [data-find] hides the turns of its [data-find-in] that do not hold the words.
for (const box of document.querySelectorAll("[data-find]")) {
  const room = box.closest("[data-find-in]");
  const count = room.querySelector("[data-find-count]");
  const before = count?.textContent;
  box.addEventListener("input", () => {
    const wanted = box.value.trim().toLowerCase();
    let hits = 0;
    for (const line of room.querySelectorAll(".turn, .event")) {
      const hit = line.textContent.toLowerCase().includes(wanted);
      line.hidden = !hit;
      hits += hit;
    }
    if (count) count.textContent = wanted ? `${hits} found` : before;
  });
}
