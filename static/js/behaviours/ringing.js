// data-ringing: a telephone that an agent calls. It rings in the dialog; whoever answers
// talks through the browser's microphone, as the person called would.
import { LevelMeter } from "../call/level-meter.js";
import { MediaCall } from "../call/media-call.js";
import { refusal } from "../call/refusals.js";

let ring = null; // {answer_url, page}: it rings
let call = null; // it was answered

document.addEventListener("click", (event) => {
  const phone = event.target.closest("[data-ringing]");
  if (!phone) return;
  const pressed = (name) => event.target.closest(`[data-ring-${name}]`);
  if (pressed("me")) start(phone);
  if (pressed("answer")) answer(phone);
  if (pressed("busy")) decline(phone, "busy", "The line was busy.");
  if (pressed("ignore")) decline(phone, "no_answer", "Nobody answered.");
  if (pressed("end")) call?.end();
  const key = pressed("key");
  if (key) call?.press(key.dataset.ringKey);
});
// The dialog closes: who rang is told that nobody answers, who talks hangs up.
document.addEventListener("close", leave, true);
addEventListener("pagehide", leave);

function leave() {
  call?.end();
  if (ring) send(ring.answer_url, { answer: "no_answer" }).catch(() => {});
  ring = null;
}

function show(phone, state, words) {
  phone.dataset.state = state;
  phone.querySelector("[data-ring-said]").textContent = words;
  const at = { me: "idle", answer: "ringing", busy: "ringing", ignore: "ringing", end: "live" };
  for (const [name, when] of Object.entries(at)) phone.querySelector(`[data-ring-${name}]`).hidden = state !== when;
  for (const key of phone.querySelectorAll("[data-ring-key]")) key.disabled = state !== "live";
}

async function start(phone) {
  if (ring || call) return;
  try {
    ring = await send(phone.dataset.ringing, Object.fromEntries(new FormData(phone)));
    show(phone, "ringing", `Ringing: ${ring.from}`);
    phone.querySelector("[data-ring-answer]").focus();
  } catch (error) {
    show(phone, "idle", error.message);
  }
}

async function answer(phone) {
  const { answer_url: url, page } = ring;
  call = new MediaCall({ microphone: phone.dataset.microphone, playback: phone.dataset.playback });
  const ours = call;
  const meters = { caller: new LevelMeter(phone.querySelector('[data-level="caller"]')), agent: new LevelMeter(phone.querySelector('[data-level="agent"]')) };
  for (const meter of Object.values(meters)) meter.start();
  const over = (words) => { for (const meter of Object.values(meters)) meter.stop(); if (call === ours) call = null; if (phone.isConnected) { show(phone, "idle", words); link(phone, page); } };
  ours.addEventListener("ready", () => show(phone, "live", "Answered. Say hello: the agent waits for you."));
  ours.addEventListener("level", ({ detail }) => { for (const [who, level] of Object.entries(detail)) meters[who]?.set(level); });
  ours.addEventListener("ended", () => over("The call has ended. "));
  ours.addEventListener("failed", ({ detail }) => over(`${detail.message} `));
  try {
    await ours.openAudio();
    const ticket = await send(url, { answer: "yes" });
    ring = null;
    ours.connect(ticket.url, ticket.token);
  } catch (error) {
    ours.abandon();
    over(`${error.message} `);
  }
}

async function decline(phone, how, words) {
  const { answer_url: url, page } = ring;
  ring = null;
  await send(url, { answer: how }).catch(() => {});
  show(phone, "idle", `${words} It cost nothing. `);
  link(phone, page);
}

async function send(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  let response;
  try { response = await fetch(url, { method: "POST", body, headers, keepalive: true }); }
  catch { throw refusal("offline"); }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(told.error ?? "The call could not be placed. Try once more.");
  return told;
}

function link(phone, url) {
  const there = document.createElement("a");
  there.href = url;
  there.textContent = "Look at it";
  phone.querySelector("[data-ring-said]").append(there);
}
