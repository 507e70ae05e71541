// AudioWorklet "microphone": whatever the sound card gives becomes 16 kHz PCM16, posted in
// messages of 40 ms: {audio: ArrayBuffer, level: 0…1}. After the message "mute" it posts
// silence, so that the server's clock of the call goes on.
import { Resampler } from "./resampler.js";

const RATE = 16000;
const MESSAGE = (RATE * 40) / 1000;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE);
    this.frame = new Int16Array(MESSAGE);
    this.filled = 0;
    this.energy = 0;
    this.muted = false;
    this.port.onmessage = ({ data }) => { this.muted = data === "mute"; };
  }

  process([input]) {
    const channel = input[0];
    // A track that has ended has no channel: nothing is known, so nothing is sent.
    if (!channel) return true;
    for (const sample of this.resampler.push(channel)) {
      const value = this.muted ? 0 : Math.max(-1, Math.min(1, sample));
      this.frame[this.filled] = Math.round(value * 32767);
      this.energy += value * value;
      this.filled += 1;
      if (this.filled === MESSAGE) this.send();
    }
    return true;
  }

  send() {
    const audio = this.frame.buffer;
    const level = Math.min(1, Math.sqrt(this.energy / MESSAGE) * 4);
    this.port.postMessage({ audio, level }, [audio]);
    this.frame = new Int16Array(MESSAGE);
    this.filled = 0;
    this.energy = 0;
  }
}
registerProcessor("microphone", Microphone);
