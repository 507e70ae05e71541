// data-supervise: listening to a live call, whispering to its agent, taking it over.
// A button with data-listen-to elsewhere on the page chooses the call.
import { LevelMeter } from "../call/level-meter.js";
import { MediaCall } from "../call/media-call.js";
import { refusal } from "../call/refusals.js";

const panel = document.querySelector("[data-supervise]");
const said = panel.querySelector("[data-said]");
const meters = Object.fromEntries([...panel.querySelectorAll("[data-level]")].map((canvas) => [canvas.dataset.level, new LevelMeter(canvas)]));
let call = null;

function show(state, words) {
  panel.dataset.state = state;
  for (const part of panel.querySelectorAll("[data-on]")) part.hidden = !part.dataset.on.split(" ").includes(state);
  said.textContent = words;
}

async function ticketFor(url) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  let response;
  try { response = await fetch(url, { method: "POST", headers }); }
  catch { throw refusal("offline"); }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? "The call could not be listened to. Try once more.");
  return answer;
}

async function listen(url, name) {
  call?.abandon();
  const ours = new MediaCall({ microphone: panel.dataset.microphone, playback: panel.dataset.playback });
  call = ours;
  const over = (words) => {
    if (call !== ours) return; // another call is listened to by now
    call = null;
    for (const meter of Object.values(meters)) meter.stop();
    show("idle", words);
  };
  ours.addEventListener("ready", () => { meters.agent.start(); show("listening", name ? `You hear the call with ${name}. Nobody hears you.` : "You hear everybody. Nobody hears you."); });
  ours.addEventListener("level", ({ detail }) => { for (const [who, level] of Object.entries(detail)) meters[who]?.set(level); });
  ours.addEventListener("whispered", ({ detail }) => { said.textContent = `Told the agent: “${detail.text}”`; });
  ours.addEventListener("in_charge", ({ detail }) => { if (detail.on) inCharge(); else back(); });
  ours.addEventListener("refused", ({ detail }) => { said.textContent = detail.message; });
  ours.addEventListener("ended", () => over("The call has ended."));
  ours.addEventListener("failed", ({ detail }) => over(detail.message));
  try {
    show("idle", "Connecting");
    await ours.openSpeaker();
    const ticket = await ticketFor(url);
    ours.connect(ticket.url, ticket.token);
  } catch (error) {
    ours.abandon();
    over(error.message);
  }
}

function inCharge() {
  meters.caller.start();
  show("in-charge", "The agent is silent and the caller hears you. Speak.");
  panel.querySelector('[data-take-over="off"]').focus();
}

function back() {
  meters.caller.stop();
  call?.mute(true);
  show("listening", "The agent has the call again. Nobody hears you.");
  panel.querySelector('[data-take-over="on"]').focus();
}

async function takeOver() {
  const ours = call;
  try {
    await ours.openMicrophone(); // asked for only now: listening needs none
    ours.mute(false);
    ours.send({ type: "take_over", on: true });
  } catch (error) {
    said.textContent = error.message;
  }
}

document.addEventListener("click", ({ target }) => {
  const other = target.closest("[data-listen-to]");
  if (other) {
    listen(other.dataset.listenTo, other.dataset.listenName);
    panel.scrollIntoView({ block: "nearest" });
  }
  if (target.closest("[data-listen]")) listen(panel.dataset.supervise, "");
  if (!call) return;
  if (target.closest("[data-leave]")) call.end();
  const button = target.closest("[data-take-over]");
  if (button?.dataset.takeOver === "on") takeOver();
  if (button?.dataset.takeOver === "off") call.send({ type: "take_over", on: false });
});

panel.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = event.target.elements;
  if (text.value.trim()) call?.send({ type: "whisper", text: text.value.trim() });
  text.value = "";
});
addEventListener("pagehide", () => call?.abandon());
