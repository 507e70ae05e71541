// Run in the page before its own scripts: what the test says comes out of the microphone,
// mixed into the room that Chromium's own fake device plays. So the caller can wait for the
// agent, as people do, however slow the machine is.
const openDevice = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (constraints) {
  const room = await openDevice.call(this, constraints);
  const context = new AudioContext();
  const mixed = context.createMediaStreamDestination();
  context.createMediaStreamSource(room).connect(mixed);
  window.microphone = { context, mixed };
  return mixed.stream;
};
// Says a recording (a WAV in base64); resolves when it has been said.
window.say = async (recording) => {
  const bytes = Uint8Array.from(atob(recording), (sign) => sign.charCodeAt(0));
  const { context, mixed } = window.microphone;
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(bytes.buffer);
  source.connect(mixed);
  const said = new Promise((resolve) => { source.onended = resolve; });
  source.start();
  await said;
};
