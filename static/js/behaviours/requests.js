// What htmx cannot know: polling stops while the tab is hidden, a refusal with its own
// place is swapped in, and a request that failed says so in words.
const say = (text) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, tone: "bad" } }));
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.closest("[data-poll]") === event.target) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.target.closest("[data-poll]")) return; // the next round tries again
  const { status } = event.detail.xhr;
  if (status === 403) say("That was not allowed. Load the page again, and sign in if you are asked to.");
  else if (status === 404) say("That is gone. Load the page again to see what is left.");
  else say("The server could not do that. Nothing was changed; try once more.");
});
document.addEventListener("htmx:sendError", (event) => {
  if (!event.target.closest("[data-poll]")) say("The server cannot be reached. Check your connection and try once more.");
});
