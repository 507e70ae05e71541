// Forms marked data-autosave save themselves (htmx posts them). This file says how that
// goes, puts what is wrong beside its field, tries again when the line is down, and keeps
// people from leaving with words that are not saved.
const RETRY_MS = 5000;
const LATE_MS = 1500; // htmx has not seen the typing: it was not awake yet
const sign = document.getElementById("saved");
const formOf = (element) => element?.closest?.("form[data-autosave]");
const say = (text) => { sign.textContent = text; };
const isWaiting = (form) => !form.dataset.saving && Number(form.dataset.unsaved ?? 0) > Number(form.dataset.sentAt ?? 0);
let late;

document.addEventListener("input", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  form.dataset.unsaved = String(Date.now());
  say("Saving…");
  clearTimeout(late);
  late = setTimeout(() => { if (isWaiting(form)) save(form); }, LATE_MS);
});

const save = (form) => htmx.trigger(form, "submit");
const flush = () => { for (const form of document.querySelectorAll("form[data-unsaved]")) save(form); };
const isSaving = () => document.querySelector("form[data-saving]");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// Saves what is not saved and resolves when the server has answered, or after 5 s.
const flushed = async () => {
  flush();
  for (let waited = 0; waited < 5000 && isSaving(); waited += 50) await pause(50);
};
document.addEventListener("draft:flush", (event) => { event.detail?.wait?.(flushed()) ?? flush(); });
// A button with data-flush="name" asks about the draft: what is typed must be in it first.
// The answer to saving may draw the button anew, so it is looked up by its name.
let passing = false;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-flush]");
  if (!button || passing || !document.querySelector("form[data-unsaved]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  await flushed();
  passing = true;
  document.querySelector(`[data-flush="${button.dataset.flush}"]`)?.click();
  passing = false;
}, true);
document.addEventListener("submit", (event) => { if (formOf(event.target)) event.preventDefault(); });

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  form.dataset.sentAt = String(Date.now());
  form.dataset.saving = "true";
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  delete form.dataset.saving;
  if (event.detail.successful) return settle(form);
  if (event.detail.xhr.status && event.detail.xhr.status < 500) return say("Not saved");
  say("Not saved: the server cannot be reached. Trying again…");
  setTimeout(() => { if (form.isConnected) save(form); }, RETRY_MS);
});

// Words typed while the answer was on its way are still to be saved.
const settle = (form) => {
  const list = form.querySelector(".problems");
  show(form, list);
  const typedSince = Number(form.dataset.unsaved ?? 0) > Number(form.dataset.sentAt ?? 0);
  if (!typedSince && !list.children.length) delete form.dataset.unsaved;
};

const show = (form, list) => {
  for (const old of form.querySelectorAll(".err")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
  }
  list.hidden = true;
  for (const item of list.children) {
    const name = CSS.escape(item.dataset.for);
    const place = form.querySelector(`[data-field="${name}"]`);
    if (!place) { list.hidden = false; continue; }
    const told = document.createElement("div");
    told.className = "err";
    told.id = `err-${item.dataset.for}`;
    told.setAttribute("role", "alert");
    told.append(...[...item.childNodes].map((node) => node.cloneNode(true)));
    place.append(told);
    htmx.process(told);
    for (const field of place.querySelectorAll(`[name="${name}"]`)) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-errormessage", told.id);
    }
  }
};

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-unsaved]")) event.preventDefault();
});
