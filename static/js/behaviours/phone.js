// data-phone: a telephone in a dialog. It calls one of the workspace's numbers through the
// browser's microphone, as a caller would; its keys are pressed on the line.
import { LevelMeter } from "../call/level-meter.js";
import { MediaCall } from "../call/media-call.js";
import { refusal } from "../call/refusals.js";

let call = null;

document.addEventListener("click", (event) => {
  const phone = event.target.closest("[data-phone]");
  if (!phone) return;
  if (event.target.closest("[data-phone-call]")) start(phone);
  if (event.target.closest("[data-phone-end]")) call?.end();
  const key = event.target.closest("[data-phone-key]");
  if (key) call?.press(key.dataset.phoneKey);
});
// The dialog closes: the line does, too.
document.addEventListener("close", () => call?.end(), true);
addEventListener("pagehide", () => call?.end());

function show(phone, state, words) {
  phone.dataset.state = state;
  phone.querySelector("[data-phone-said]").textContent = words;
  phone.querySelector("[data-phone-call]").hidden = state === "live";
  phone.querySelector("[data-phone-end]").hidden = state !== "live";
  for (const key of phone.querySelectorAll("[data-phone-key]")) key.disabled = state !== "live";
}

async function start(phone) {
  if (call) return;
  call = new MediaCall({ microphone: phone.dataset.microphone, playback: phone.dataset.playback });
  const ours = call;
  const meters = { caller: new LevelMeter(phone.querySelector('[data-level="caller"]')), agent: new LevelMeter(phone.querySelector('[data-level="agent"]')) };
  for (const meter of Object.values(meters)) meter.start();
  const over = (words) => { for (const meter of Object.values(meters)) meter.stop(); if (call === ours) call = null; if (phone.isConnected) show(phone, "idle", words); };
  ours.addEventListener("ready", () => show(phone, "live", "Answered. You are the caller."));
  ours.addEventListener("level", ({ detail }) => { for (const [who, level] of Object.entries(detail)) meters[who]?.set(level); });
  ours.addEventListener("warning", ({ detail }) => show(phone, "live", detail.message));
  ours.addEventListener("ended", ({ detail }) => { over("The call has ended. "); link(phone, detail.url); });
  ours.addEventListener("failed", ({ detail }) => over(detail.message));
  try {
    show(phone, "live", "Ringing");
    await ours.openAudio();
    const ticket = await ring(phone);
    ours.connect(ticket.url, ticket.token);
  } catch (error) {
    ours.abandon();
    over(error.message);
  }
}

async function ring(phone) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  let response;
  try { response = await fetch(phone.dataset.phone, { method: "POST", body: new FormData(phone), headers }); }
  catch { throw refusal("offline"); }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? "The call could not be started. Try once more.");
  return answer;
}

function link(phone, url) {
  const there = document.createElement("a");
  there.href = url;
  there.textContent = "Look at it";
  phone.querySelector("[data-phone-said]").append(there);
}
