// Lists whose entries can be added, removed and moved: data-rows around an <ol
// data-rows-list> and a <template> for a new row, whose names hold __key__. Alt ↑ and Alt ↓
// move the row in which one types. Each change counts as typing, so the form saves itself.
let made = 0;
const changed = (rows) => {
  const count = rows.querySelector("[data-rows-list]").children.length;
  const empty = rows.querySelector("[data-rows-empty]");
  if (empty) empty.hidden = count > 0;
  rows.dispatchEvent(new Event("input", { bubbles: true }));
};

const add = (rows) => {
  made += 1;
  const key = `n${Date.now().toString(36)}${made}`;
  const row = rows.querySelector("template").content.firstElementChild.cloneNode(true);
  for (const each of row.querySelectorAll("*"))
    for (const { name, value } of [...each.attributes])
      if (value.includes("__key__")) each.setAttribute(name, value.replaceAll("__key__", key));
  rows.querySelector("[data-rows-list]").append(row);
  changed(rows);
  row.querySelector("input:not([type=hidden]), textarea, select").focus();
};

const move = (row, step) => {
  const focused = document.activeElement;
  if (step < 0) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  focused.focus(); // moving a node takes the focus away
  row.scrollIntoView({ block: "nearest" });
  changed(row.closest("[data-rows]"));
};

const remove = (row) => {
  const rows = row.closest("[data-rows]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  changed(rows);
  (next?.querySelector("[data-row-remove]") ?? rows.querySelector("[data-row-add]")).focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const row = button.closest("[data-row]");
  if (button.matches("[data-row-add]")) add(button.closest("[data-rows]"));
  else if (button.matches("[data-row-up]")) move(row, -1);
  else if (button.matches("[data-row-down]")) move(row, 1);
  else if (button.matches("[data-row-remove]")) remove(row);
});
document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const row = step && event.altKey && event.target.closest("[data-row]");
  if (!row) return;
  event.preventDefault();
  move(row, step);
});
