// The designer: sends the brief, and draws the steps as the server streams them (server-sent
// events in the answer to a POST). What was typed is kept for the next time the page opens.
const room = document.querySelector("[data-designer]");
const find = (selector) => room.querySelector(selector);
const ICONS = { wait: "todo", now: "spin", done: "done", open: "alert" };
const KEPT = "designer-brief";
let running; // AbortController

const phase = (name) => { for (const each of room.querySelectorAll("[data-phase]")) each.hidden = !each.dataset.phase.split(" ").includes(name); };
const state = (item, name) => {
  item.dataset.state = name;
  item.querySelector("use").setAttribute("href", `${room.dataset.icons}#${ICONS[name]}`);
};

// Yields {event, data} from a stream of server-sent events.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { event: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

const reset = () => {
  for (const item of room.querySelectorAll("[data-step]")) {
    state(item, "wait");
    item.querySelector("small").textContent = "";
    item.querySelector(".num").textContent = "";
  }
  state(find("[data-step]"), "now");
  find("[data-ready]").hidden = find("[data-failed]").hidden = true;
  find("[data-title]").textContent = "Designing your agent";
};

const step = ({ name, title, detail, state: end }, began) => {
  const item = find(`[data-step="${CSS.escape(name)}"]`);
  if (!item) return;
  item.querySelector("b").textContent = title;
  item.querySelector("small").textContent = detail;
  const seconds = (performance.now() - began) / 1000;
  item.querySelector(".num").textContent = seconds < 0.1 ? "" : `${seconds.toFixed(1)} s`;
  state(item, end);
  if (item.nextElementSibling) state(item.nextElementSibling, "now");
};

const ready = ({ name, url, how, missing, blockers }) => {
  sessionStorage.removeItem(KEPT);
  find("[data-title]").textContent = name;
  find("[data-ready-title]").textContent = missing.length || blockers.length ? "Almost ready" : "Ready to talk to";
  find("[data-how]").textContent = how === "model" ? "A language model wrote it from your words. Read it once; you know better." : "A template and rules made it, not a language model. Read it once; you know better.";
  find("[data-missing]").textContent = [missing.length ? `Still to say, in the editor: ${missing.join(", ")}.` : "", ...blockers].join(" ");
  find("[data-open-agent]").href = url;
  find("[data-ready]").hidden = false;
  phase("ready");
  find("[data-open-agent]").focus();
};

const failed = (message) => {
  const note = find("[data-failed]");
  note.querySelector("p").textContent = message;
  note.hidden = false;
  for (const item of room.querySelectorAll('[data-state="now"]')) state(item, "wait");
};

const refuse = (message) => {
  phase("start");
  const note = find("[data-refusal]");
  note.querySelector("p").textContent = message;
  note.hidden = false;
  find("[data-brief]").focus();
};

const design = async (form) => {
  running?.abort();
  running = new AbortController();
  reset();
  find("[data-quote]").textContent = find("[data-brief]").value.trim() || find("[data-brief]").placeholder;
  phase("building");
  scrollTo(0, 0);
  find("[data-title]").focus();
  let ended = false;
  try {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const answer = await fetch(room.dataset.url, { method: "POST", body: new FormData(form), headers, signal: running.signal });
    if (!answer.ok) return refuse((await answer.json().catch(() => ({}))).error ?? "The server could not do that. Your words are still here; try once more.");
    let began = performance.now();
    for await (const { event, data } of events(answer.body)) {
      if (event === "step") { step(data, began); began = performance.now(); }
      else { ended = true; if (event === "done") ready(data); else failed(data.message); }
    }
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  if (!ended) failed("The connection broke before the agent was whole, and nothing was saved. Your words are still here; try once more.");
};

// Questions that are asked only after a certain answer to another one.
const followUp = () => {
  for (const field of room.querySelectorAll("[data-depends-on]")) {
    const other = room.querySelector(`[data-question="${CSS.escape(field.dataset.dependsOn)}"]`);
    const given = [...other.querySelectorAll("input")].filter((each) => each.checked || !["radio", "checkbox"].includes(each.type));
    const asked = given.some((each) => each.value === field.dataset.equals);
    field.hidden = field.disabled = !asked;
  }
};

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-brief-form]")) return;
  event.preventDefault();
  if (event.target.reportValidity()) design(event.target);
});
document.addEventListener("click", (event) => {
  const beginning = event.target.closest("[data-beginning]")?.dataset.beginning;
  if (beginning) {
    const brief = find("[data-brief]");
    brief.value = `${brief.value.trimEnd()}${brief.value.trim() ? " " : ""}${beginning}`;
    brief.focus();
  }
  if (event.target.closest("[data-start-over]")) { running?.abort(); phase("start"); find("[data-brief]").focus(); }
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-brief]")) sessionStorage.setItem(KEPT, event.target.value);
  followUp();
});
document.addEventListener("htmx:afterSwap", followUp);
if (!find("[data-brief]").value) find("[data-brief]").value = sessionStorage.getItem(KEPT) ?? "";
followUp();
