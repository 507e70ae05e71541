// Turns a stream of samples of one rate into another: a windowed sinc, cut into phases, that
// remembers the end of the block before, so that blocks join without a seam. Used inside
// AudioWorklets: it allocates only what it returns.
const ZERO_CROSSINGS = 12; // on each side; steeper costs more
const KAISER_BETA = 8; // about 80 dB down where frequencies would fold over

const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const bessel = (x) => {
  let sum = 1, term = 1;
  for (let k = 1; term > sum * 1e-9; k += 1) { term *= (x / (2 * k)) ** 2; sum += term; }
  return sum;
};

export class Resampler {
  constructor(from, to) {
    const common = gcd(from, to);
    this.up = to / common;
    this.down = from / common;
    this.phase = 0;
    const scale = Math.min(1, to / from) * 0.94; // room for the slope below the fold
    this.half = Math.ceil(ZERO_CROSSINGS / scale);
    this.taps = this.half * 2;
    this.kernel = this.#kernel(scale);
    this.past = new Float32Array(this.taps - 1);
  }

  // One row of weights for each place an output sample can have between two input samples.
  #kernel(scale) {
    const rows = [];
    for (let phase = 0; phase < this.up; phase += 1) {
      const row = new Float32Array(this.taps);
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap += 1) {
        const at = tap - this.half + 1 - phase / this.up;
        const window = Math.abs(at) >= this.half ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - (at / this.half) ** 2));
        const angle = Math.PI * at * scale;
        row[tap] = (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
        sum += row[tap];
      }
      for (let tap = 0; tap < this.taps; tap += 1) row[tap] /= sum;
      rows.push(row);
    }
    return rows;
  }

  // Returns what can be made of the samples so far.
  push(samples) {
    if (this.up === this.down) return samples;
    const input = new Float32Array(this.past.length + samples.length);
    input.set(this.past);
    input.set(samples, this.past.length);
    const room = input.length - this.taps + 1;
    const out = new Float32Array(Math.max(0, Math.ceil((room * this.up - this.phase) / this.down)));
    let at = this.phase;
    for (let i = 0; i < out.length; i += 1, at += this.down) {
      const start = Math.floor(at / this.up);
      const row = this.kernel[at % this.up];
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap += 1) sum += input[start + tap] * row[tap];
      out[i] = sum;
    }
    this.phase = at - room * this.up;
    this.past = input.slice(Math.max(0, room));
    return out;
  }
}
