// data-live-board: reads itself anew the moment a call of the workspace begins or ends; its
// own slow polling catches what the socket missed.
const LONGEST_WAIT = 30000; // ms between two tries to connect
let wait = 1000;

function connect() {
  const address = new URL("/ws/live/", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => { wait = 1000; });
  socket.addEventListener("message", () => {
    const board = document.querySelector("[data-live-board]");
    if (board) window.htmx.trigger(board, "calls-changed");
  });
  socket.addEventListener("close", ({ code }) => {
    if (code === 4403) return; // not for this reader
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

connect();
