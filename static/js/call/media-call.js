// One call over the media socket (docs/architecture.md, "The browser's media socket"): the
// microphone up, the agent's voice down, marks echoed when they were really heard. Knows no
// page. Emits: ready {detail}, happened {detail: event}, warning {code, message},
// level {caller?, agent?}, for supervisors whispered {text}, in_charge {on}, refused {message}; ended {reason, detail, call_id, url}, failed {code, message}.
import { refusal } from "./refusals.js";

const RATE_UP = 16000;

export class MediaCall extends EventTarget {
  #socket; #context; #microphone; #playback; #stream; #over = false;

  // worklets: {microphone, playback}: addresses of the two files.
  constructor(worklets) {
    super();
    this.worklets = worklets;
    this.checks = { microphone: "waiting", socket: "waiting", heard: false, spoken: false };
  }

  // Opens microphone and speaker. Call it from a click, or the browser keeps them shut.
  async openAudio(deviceId) {
    this.#begin();
    await this.#openMicrophone(deviceId);
    await this.#load("microphone", "playback");
    this.#wireMicrophone();
    this.#wirePlayback();
  }

  // Opens the speaker alone, for who only listens.
  async openSpeaker() {
    this.#begin();
    await this.#load("playback");
    this.#wirePlayback();
  }

  // Opens the microphone after openSpeaker; a second time it is open already.
  async openMicrophone(deviceId) {
    if (this.#microphone) return;
    await this.#openMicrophone(deviceId);
    await this.#load("microphone");
    this.#wireMicrophone();
  }

  #begin() {
    if (!navigator.mediaDevices || !window.AudioWorkletNode) throw refusal("insecure");
    this.#context = new AudioContext({ latencyHint: "interactive" });
  }

  #load(...names) {
    return Promise.all([this.#context.resume(), ...names.map((name) => this.#context.audioWorklet.addModule(this.worklets[name]))]);
  }

  async #openMicrophone(deviceId) {
    const ears = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    if (deviceId) ears.deviceId = { exact: deviceId };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: ears });
    } catch (error) {
      this.checks.microphone = "refused";
      throw refusal(error.name);
    }
    this.checks.microphone = "open";
  }

  #wireMicrophone() {
    this.#microphone = new AudioWorkletNode(this.#context, "microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.#microphone.port.onmessage = ({ data }) => {
      if (data.level > 0.005) this.checks.heard = true;
      this.#tell("level", { caller: data.level });
      if (this.#isOpen() && this.ready) this.#socket.send(data.audio);
    };
    this.#context.createMediaStreamSource(this.#stream).connect(this.#microphone);
    const [track] = this.#stream.getAudioTracks();
    track.addEventListener("ended", () => this.#tell("warning", { code: "microphone_gone", message: "The microphone was unplugged or taken away. Connect it and start again; the call goes on without your voice." }));
  }

  #wirePlayback() {
    this.#playback = new AudioWorkletNode(this.#context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#playback.port.onmessage = ({ data }) => {
      if (data.level !== undefined) this.#tell("level", { agent: data.level });
      // What left the worklet reaches the ear a little later.
      else setTimeout(() => this.send({ type: "mark", name: data.mark }), (this.#context.outputLatency || this.#context.baseLatency || 0) * 1000);
    };
    this.#playback.connect(this.#context.destination);
  }

  // Connects with a fresh token. Without openAudio before it the call is a typed one.
  connect(url, token) {
    const address = new URL(url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.#socket = new WebSocket(address);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.addEventListener("open", () => {
      this.checks.socket = "open";
      this.send({ type: "hello", token, rate: RATE_UP });
    });
    this.#socket.addEventListener("message", ({ data }) => (typeof data === "string" ? this.#receive(JSON.parse(data)) : this.#play(data)));
    this.#socket.addEventListener("close", ({ code }) => this.#closed(code));
  }

  #play(audio) {
    if (audio.byteLength) this.checks.spoken = true;
    this.#playback?.port.postMessage({ audio }, [audio]);
  }

  #receive(message) {
    if (message.type === "mark") {
      if (this.#playback) this.#playback.port.postMessage({ mark: message.name });
      else this.send(message); // typed: nothing is played, so it is heard at once
    } else if (message.type === "clear") this.#playback?.port.postMessage({ clear: true });
    else if (message.type === "event") this.#tell("happened", message.event);
    else if (message.type === "ready") { this.ready = true; this.#tell("ready", message); }
    else if (message.type === "warning") this.#tell("warning", message);
    else if (["whispered", "in_charge", "refused"].includes(message.type)) this.#tell(message.type, message);
    else if (message.type === "ended") this.#finish("ended", message);
    else if (message.type === "error") this.#finish("failed", message);
  }

  #closed(code) {
    this.checks.socket = "closed";
    const { message } = refusal(code);
    this.#finish("failed", { code: "socket_closed", message });
  }

  #finish(kind, detail) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#tell(kind, detail);
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#microphone?.port.close();
    const context = this.#context;
    // The last words may still be on their way to the ear.
    if (context && context.state !== "closed") setTimeout(() => context.close(), 400);
    if (this.#isOpen()) setTimeout(() => this.#socket.close(), 2000);
  }

  #isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  send(message) { if (this.#isOpen()) this.#socket.send(JSON.stringify(message)); }
  type(text) { this.send({ type: "text", text }); }
  press(digit) { this.send({ type: "digit", digit }); }

  mute(on) {
    this.#microphone?.port.postMessage(on ? "mute" : "unmute");
    this.send({ type: "mute", on });
  }

  // Asks for the end; if nobody answers within 8 s the call is over here all the same.
  end() {
    this.#playback?.port.postMessage({ clear: true });
    this.send({ type: "end" });
    setTimeout(() => this.#finish("failed", { code: "no_answer", message: refusal("no_answer").message }), 8000);
  }

  // Gives everything back without a word: the page is being left, or the start failed.
  abandon() {
    this.#over = true;
    this.#release();
    this.#socket?.close();
  }
}
