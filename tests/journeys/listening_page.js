// Run in the page before its own scripts: records what the page really plays, wherever
// something is connected to the loudspeaker.
window.played = [];
const connect = AudioNode.prototype.connect;
const taps = new WeakMap(); // one for each context, whatever connects in it
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode && taps.has(this.context)) connect.call(this, taps.get(this.context));
  else if (target instanceof AudioDestinationNode) {
    const tap = new MediaStreamAudioDestinationNode(this.context);
    taps.set(this.context, tap);
    connect.call(this, tap);
    const recorder = new MediaRecorder(tap.stream, { audioBitsPerSecond: 128000 });
    recorder.ondataavailable = ({ data }) => window.played.push(data);
    recorder.start(500);
    window.recorder = recorder;
  }
  return connect.call(this, target, ...rest);
};
// Returns the recording as base64.
window.takePlayed = async () => {
  if (window.recorder.state !== "inactive") {
    const stopped = new Promise((resolve) => { window.recorder.onstop = resolve; });
    window.recorder.stop();
    await stopped;
  }
  const bytes = new Uint8Array(await new Blob(window.played).arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
};
