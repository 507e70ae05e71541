// Draws a live call from its events: a turn for each side, words that are not final yet,
// what was never heard, and where each reply's time went. Needs #turn-template and
// #event-template in the page.
const STAGES = { waiting: "endpointing_ms", hearing: "stt_ms", thinking: "llm_ms", speaking: "tts_ms", "on the way": "transport_ms" };
const FULL_BAR = 1200; // ms
const SLOW = 1000; // ms
const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
const CHANNELS = { stt: "Speech recognition", llm: "The language model", tts: "The voice" };

export class Transcript {
  constructor(list, names) {
    this.list = list;
    this.names = names; // {agent, caller}
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.heard = new Map(); // turn → node
    this.said = new Map(); // utterance → node
    this.replies = new Map(); // turn → node of its first reply
  }

  // Takes any event of the socket; a kind without a method below is left out.
  take(event) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 160;
    this[`on_${event.kind}`]?.(event);
    if (atEnd) this.list.scrollTop = this.list.scrollHeight; // who scrolled up is left in peace
  }

  on_heard({ turn, text, is_final, at_ms, lines = [] }) {
    const node = this.heard.get(turn) ?? this.#turn("caller", at_ms);
    this.heard.set(turn, node);
    node.querySelector("p").textContent = text;
    node.classList.toggle("partial", !is_final);
    node.toggleAttribute("aria-busy", !is_final);
    // What the agent said meanwhile stands above what came of it.
    if (is_final && !node.dataset.done) { node.dataset.done = ""; this.list.append(node); }
    if (lines.length) node.replaceWith(...lines.map((line) => this.#line_of(line)));
  }

  on_replied({ utterance, turn, text, at_ms }) {
    const node = this.said.get(utterance) ?? this.#turn("agent", at_ms);
    this.said.set(utterance, node);
    if (!this.replies.has(turn)) this.replies.set(turn, node);
    node.querySelector("p").textContent = text;
  }

  on_spoke({ utterance, turn, text, unheard, at_ms }) {
    if (!text && !unheard) return this.said.get(utterance)?.remove();
    this.on_replied({ utterance, turn, text, at_ms });
    if (!unheard) return;
    const gone = document.createElement("s");
    gone.textContent = unheard;
    gone.title = "Never heard: you cut in";
    this.said.get(utterance).querySelector("p").append(text ? " " : "", gone);
  }

  on_turn_latency({ turn, total_ms, ...stages }) {
    const node = this.replies.get(turn);
    const bar = node?.querySelector(".lat");
    if (!bar) return;
    const scale = 100 / Math.max(FULL_BAR, total_ms);
    let x = 0;
    Object.values(STAGES).forEach((stage, i) => {
      const part = bar.querySelectorAll("rect")[i];
      part.setAttribute("x", `${x * scale}%`);
      part.setAttribute("width", `${stages[stage] * scale}%`);
      x += stages[stage];
    });
    bar.hidden = false;
    bar.classList.toggle("slow", total_ms > SLOW);
    bar.querySelector("[data-ms]").textContent = `${total_ms} ms`;
    bar.title = Object.entries(STAGES).map(([name, stage]) => `${name} ${stages[stage]}`).join(" · ") + " ms";
  }

  on_interrupted({ cause }) { this.#line("cut", `You cut in: ${cause}`, "cut"); }
  on_kept_talking({ cause }) { this.#line("ear", `Did not stop for it: ${cause}`); }
  on_resumed() { this.#line("undo", "That was no interruption: took the sentence up again"); }
  on_pressed({ digit }) { this.#line("keypad", `Key ${digit}`, "caller"); }
  on_silence_prompted() { this.#line("history", "Nobody spoke, so the agent asked"); }
  on_routing_shifted({ caller_type, phrase }) { this.#line("route", `Recognised ${caller_type}: “${phrase}”`, "agent"); }
  on_transfer({ state, to }) {
    const words = { waiting: `Asks the caller to wait for ${to}`, calling: `Calls ${to}; the caller hears music`, briefing: `Tells ${to} what it is about`, accepted: `${to} took the call`, passed_on: `Passed on to ${to} by the carrier` };
    const bad = !words[state];
    this.#line("transfer", bad ? `${to} did not take the call (${state.replaceAll("_", " ")}); the agent is back` : words[state], bad ? "warn" : "agent");
  }

  on_participant_joined({ name }) { this.#line("plus", `${name} joined the call`); }
  on_participant_left({ name }) { this.#line("out", `${name} left the call`); }
  on_taken_over({ name }) { this.#line("mic", `${name} took over; the agent is silent`, "warn"); }
  on_given_back({ name }) { this.#line("undo", `${name} gave the call back to the agent`); }

  on_warned({ detail, kind }) { this.#line("alert", detail || kind, "warn"); }

  on_tool_called({ name, result, at_ms, end_ms, failed }) {
    this.#line("tools", `${name} · ${result} · ${end_ms - at_ms} ms`, failed ? "bad" : "");
  }

  on_recalled({ passages, at_ms, end_ms }) {
    const [best] = passages;
    this.#line("book", `Looked up “${best.text.slice(0, 120)}” · ${best.title}, score ${best.score.toFixed(2)} · ${end_ms - at_ms} ms`);
  }

  on_language_switched({ name }) { this.#line("globe", `Went on in ${name}`, "agent"); }

  on_fell_back({ channel, failed, to, reason }) {
    this.#line("alert", `${CHANNELS[channel]}: ${failed} failed (${reason}); ${to ? `went on with ${to}` : "there was nothing to fall back to"}`, to ? "warn" : "bad");
  }

  // One of several people's words in a turn that they share.
  #line_of({ name, text, at_ms }) {
    const node = this.#turn("caller", at_ms);
    node.querySelector("[data-name]").textContent = name || this.names.caller;
    node.querySelector("p").textContent = text;
    return node;
  }

  #turn(who, at) {
    const node = document.getElementById("turn-template").content.firstElementChild.cloneNode(true);
    node.dataset.who = who;
    node.querySelector("[data-name]").textContent = this.names[who];
    node.querySelector("time").textContent = clock(at);
    this.list.append(node);
    return node;
  }

  #line(icon, text, tone) {
    const node = document.getElementById("event-template").content.firstElementChild.cloneNode(true);
    const use = node.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
    node.querySelector("[data-text]").textContent = text;
    if (tone) node.classList.add(tone);
    this.list.append(node);
  }
}
