// Talk to the draft: the panel's states (idle, live, ended), its buttons, and what stands
// between them and a MediaCall.
import { LevelMeter } from "../call/level-meter.js";
import { MediaCall } from "../call/media-call.js";
import { refusal } from "../call/refusals.js";
import { Transcript } from "../call/transcript.js";

const panel = document.querySelector("[data-test-panel]");
const find = (selector) => panel.querySelector(selector);
const ENDINGS = {
  user_disconnect: "You ended the call", end_call_tool: "The agent ended the call", timeout: "Time was up",
  closed: "The call was closed", error: "The call broke off", provider_disconnect: "The connection broke",
};

class TestPanel {
  constructor() {
    this.transcript = new Transcript(find("[data-flow]"), { agent: panel.dataset.agent, caller: panel.dataset.caller });
    this.meters = { caller: new LevelMeter(find('[data-level="caller"]')), agent: new LevelMeter(find('[data-level="agent"]')) };
    find("[data-test-start]").addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
    find("[data-talk]").type = "submit";
    find("[data-say]").addEventListener("submit", (event) => { event.preventDefault(); this.say(event.target.querySelector("input")); });
    panel.addEventListener("click", (event) => this.#clicked(event));
    panel.addEventListener("change", (event) => { if (event.target.name === "test-mode") this.mode = event.target.value; });
    addEventListener("pagehide", () => this.call?.end());
    addEventListener("beforeunload", (event) => { if (this.state === "live") event.preventDefault(); });
    this.#listMicrophones();
  }

  get state() { return panel.dataset.state; }
  set state(name) {
    panel.dataset.state = name;
    for (const radio of panel.querySelectorAll('[name="test-mode"]')) radio.disabled = name === "live";
  }
  get mode() { return panel.dataset.mode; }
  set mode(name) { panel.dataset.mode = name; }

  async start() {
    if (this.state === "live" || this.starting) return;
    this.starting = true;
    this.#refuse("");
    const call = new MediaCall({ microphone: panel.dataset.microphone, playback: panel.dataset.playback });
    try {
      if (this.mode === "voice") await call.openAudio(find('[name="microphone"]').value);
      await this.#saved();
      const { call_id, token, url } = await this.#create();
      this.id = call_id;
      this.#begin(call);
      call.connect(url, token);
    } catch (error) {
      call.abandon();
      this.#refuse(error.message);
    } finally {
      this.starting = false;
    }
    this.#listMicrophones();
  }

  // What is still being typed shall be in the draft that is tested.
  async #saved() {
    let saved;
    document.dispatchEvent(new CustomEvent("draft:flush", { detail: { wait: (promise) => { saved = promise; } } }));
    await saved;
  }

  // Asks the server for a call and the ticket to its socket.
  async #create() {
    const body = new FormData(find("[data-test-start]"));
    body.append("mode", this.mode);
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    let response;
    try { response = await fetch(panel.dataset.start, { method: "POST", body, headers }); }
    catch { throw refusal("offline"); }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.error ?? "The server could not start a call. Nothing was charged; try once more.");
    return answer;
  }

  #begin(call) {
    this.call = call;
    this.transcript.clear();
    this.#doctor("");
    this.state = "live";
    this.#phase("connecting");
    find("[data-call-clock]").textContent = "0:00";
    find('[data-act="mute"]').setAttribute("aria-pressed", "false");
    call.addEventListener("ready", () => this.#ready());
    call.addEventListener("happened", ({ detail }) => this.#happened(detail));
    call.addEventListener("level", ({ detail }) => { for (const [side, level] of Object.entries(detail)) this.meters[side].set(level); });
    call.addEventListener("warning", ({ detail }) => this.#doctor(detail.message));
    call.addEventListener("ended", ({ detail }) => this.#over(ENDINGS[detail.reason] ?? "The call has ended", detail));
    call.addEventListener("failed", ({ detail }) => this.#over(detail.message, { call_id: this.id }));
    find(this.mode === "text" ? "[data-say] input" : '[data-act="end"]').focus();
  }

  #ready() {
    this.began = performance.now();
    this.#phase("listening");
    for (const meter of Object.values(this.meters)) meter.start();
    this.ticker = setInterval(() => {
      const seconds = Math.floor((performance.now() - this.began) / 1000);
      find("[data-call-clock]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }, 250);
  }

  #happened(event) {
    this.transcript.take(event);
    if (event.kind === "turn_ended") this.#phase("thinking");
    else if (event.kind === "replied") this.#phase("speaking");
    else if (["spoke", "heard"].includes(event.kind)) this.#phase("listening");
    if (event.kind === "heard" || event.kind === "replied") this.#doctor("");
  }

  #phase(word) { find("[data-phase]").textContent = word; }

  #over(told, { call_id, url, detail }) {
    clearInterval(this.ticker);
    for (const meter of Object.values(this.meters)) meter.stop();
    this.call = undefined;
    this.state = "ended";
    this.#doctor("");
    const when = told.endsWith(".") ? "" : `, ${find("[data-call-clock]").textContent}`; // a sentence says it all
    find("[data-ending]").textContent = `${told}${when}${detail ? ` (${detail})` : ""}`;
    // Visitors of a shared agent have no page of the call and get no receipt.
    const link = find("[data-call-link]"), receipt = find("[data-receipt]");
    const id = call_id ?? this.id;
    if (link) link.hidden = !(url || id);
    if (link && (url || id)) link.href = url ?? `${link.dataset.callLink}${id}/`; // the line may be gone, the call is not
    receipt?.replaceChildren();
    if (receipt && id) htmx.ajax("GET", `${panel.dataset.start}${id}/`, { target: receipt, swap: "innerHTML" });
    document.body.dispatchEvent(new CustomEvent("test:ended"));
    find('[data-act="again"]').focus();
  }

  say(box) {
    if (!box.value.trim() || !this.call) return;
    this.call.type(box.value.trim());
    box.value = "";
  }

  #clicked({ target }) {
    const digit = target.closest("[data-digit]")?.dataset.digit;
    if (digit) return this.call?.press(digit);
    const button = target.closest("[data-act]");
    const act = button?.dataset.act;
    if (act === "end") { this.#phase("ending"); this.call?.end(); }
    else if (act === "again") this.start();
    else if (act === "back") { this.state = "idle"; find("[data-talk]").focus(); }
    else if (act === "mute") {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      this.call?.mute(on);
    }
  }

  #refuse(message) {
    const note = find("[data-refusal]");
    note.hidden = !message;
    note.querySelector("p").textContent = message;
    if (message) this.state = "idle";
  }

  // Names what is known of the way from mouth to server and back.
  #doctor(message) {
    const note = find("[data-doctor]");
    note.hidden = !message;
    if (!message) return;
    note.querySelector("p").textContent = message;
    const { microphone, socket, heard, spoken } = this.call?.checks ?? {};
    const checks = [
      ["Microphone", microphone === "open" ? (heard ? "sound comes in" : "open, but silent: is it muted or the wrong one?") : "not open", heard],
      ["Connection", socket === "open" ? "open" : "closed", socket === "open"],
      ["The agent’s voice", spoken ? "sound came" : "no sound yet", spoken],
    ];
    find("[data-checks]").replaceChildren(...checks.map(([name, told, ok]) => {
      const item = document.createElement("li");
      const word = document.createElement("span");
      word.className = `small ${ok ? "ok" : "bad"}`;
      word.textContent = told;
      item.append(name, " ", word);
      return item;
    }));
  }

  // Names are known once the browser has allowed a microphone.
  async #listMicrophones() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const ears = devices.filter((each) => each.kind === "audioinput" && each.label);
    find("[data-microphones]").hidden = ears.length < 2;
    const select = find('[name="microphone"]');
    const before = select.value;
    select.replaceChildren(new Option("The system’s microphone", ""), ...ears.filter((each) => each.deviceId !== "default").map((each) => new Option(each.label, each.deviceId)));
    select.value = [...select.options].some((each) => each.value === before) ? before : "";
  }
}

if (panel) new TestPanel();
