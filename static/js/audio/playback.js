// AudioWorklet "playback": plays 24 kHz PCM16 in the order it comes.
//   in   {audio: ArrayBuffer} · {mark: name} · {clear: true}
//   out  {mark: name} when all audio before it was played, or at once on clear
//        {level: 0…1} twenty times a second while something sounds
// After a gap it waits until 60 ms are there (or a mark says that no more will come, or
// 120 ms have passed), so that a network that stutters does not chop words.
import { Resampler } from "./resampler.js";

const RATE = 24000;
const FADE_S = 0.005; // a cut without a click
const seconds = (time) => Math.round(time * sampleRate);

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(RATE, sampleRate);
    this.queue = []; // Float32Array of the card's rate, or {mark}
    this.offset = 0; // into the first entry
    this.buffered = 0; // samples
    this.waited = 0;
    this.playing = false;
    this.fade = 0;
    this.energy = 0;
    this.measured = 0;
    this.port.onmessage = ({ data }) => {
      if (data.audio) this.add(new Int16Array(data.audio));
      else if (data.mark !== undefined) this.queue.push({ mark: data.mark });
      else if (data.clear) this.clear();
    };
  }

  add(pcm) {
    const samples = this.resampler.push(Float32Array.from(pcm, (value) => value / 32768));
    if (!samples.length) return;
    this.queue.push(samples);
    this.buffered += samples.length;
  }

  clear() {
    const tail = this.playing ? this.take(seconds(FADE_S)) : new Float32Array(0);
    const marks = this.queue.filter((entry) => entry.mark !== undefined);
    tail.forEach((sample, i) => { tail[i] = sample * (1 - i / tail.length); });
    this.queue = tail.length ? [tail] : [];
    this.offset = 0;
    this.buffered = tail.length;
    for (const { mark } of marks) this.port.postMessage({ mark });
  }

  isReady() {
    if (this.playing) return true;
    if (!this.queue.length) return false;
    this.waited += 128;
    const ends = this.queue.some((entry) => entry.mark !== undefined);
    return ends || this.buffered >= seconds(0.06) || this.waited >= seconds(0.12);
  }

  // Returns up to count samples from the queue, and tells of the marks that it passes.
  take(count) {
    const out = new Float32Array(count);
    let filled = 0;
    while (this.queue.length) {
      const first = this.queue[0];
      if (first.mark !== undefined) {
        this.port.postMessage({ mark: first.mark });
        this.queue.shift();
        continue;
      }
      if (filled === count) break;
      const part = first.subarray(this.offset, this.offset + count - filled);
      out.set(part, filled);
      filled += part.length;
      this.offset += part.length;
      this.buffered -= part.length;
      if (this.offset === first.length) { this.queue.shift(); this.offset = 0; }
    }
    this.taken = filled;
    return out;
  }

  process(_, [output]) {
    if (!this.isReady()) return true;
    const samples = this.take(output[0].length);
    this.playing = this.taken > 0 || this.queue.length > 0;
    if (!this.playing) this.waited = 0;
    for (const channel of output) channel.set(samples);
    this.measure(samples);
    return true;
  }

  measure(samples) {
    for (const sample of samples) this.energy += sample * sample;
    this.measured += samples.length;
    if (this.measured < seconds(0.05)) return;
    const level = Math.min(1, Math.sqrt(this.energy / this.measured) * 4);
    if (level > 0 || this.playing) this.port.postMessage({ level });
    this.energy = 0;
    this.measured = 0;
  }
}
registerProcessor("playback", Playback);
