// A canvas that shows the last seconds of loudness as bars, newest on the right.
const BAR = 4; // px, with its gap

export class LevelMeter {
  constructor(canvas) {
    this.canvas = canvas;
    this.levels = [];
    this.loudest = 0;
  }

  set(level) { this.loudest = Math.max(this.loudest, level); }

  start() {
    this.stop();
    this.levels = [];
    this.timer = setInterval(() => this.draw(), 66);
  }

  stop() {
    clearInterval(this.timer);
    this.loudest = 0;
  }

  draw() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    this.levels.push(this.loudest);
    this.levels = this.levels.slice(-Math.floor(width / BAR));
    this.loudest *= 0.6;
    this.canvas.width = width * devicePixelRatio;
    this.canvas.height = height * devicePixelRatio;
    const pen = this.canvas.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.fillStyle = getComputedStyle(this.canvas).color;
    this.levels.forEach((level, i) => {
      const bar = Math.max(2, level * height);
      pen.fillRect(width - (this.levels.length - i) * BAR, (height - bar) / 2, 2, bar);
    });
  }
}
