// What can go wrong with a call in the browser, each with its mend. Keys are names of
// DOMExceptions, close codes of the media socket, and words of our own.
const sentences = {
  insecure: "Browsers give a microphone only to pages opened over https, or on localhost. Open Studio by such an address, or type instead.",
  NotAllowedError: "The browser may not use your microphone. Allow it beside the address bar and try again, or type instead.",
  SecurityError: "The browser may not use your microphone. Allow it beside the address bar and try again, or type instead.",
  NotFoundError: "No microphone was found. Connect one and try again, or type instead.",
  OverconstrainedError: "That microphone is not connected any more. Choose another and try again.",
  NotReadableError: "The microphone is in use by another program. Close it there and try again, or type instead.",
  AbortError: "The microphone stopped answering. Connect it anew and try again, or type instead.",
  offline: "The server cannot be reached. Check your connection and try again.",
  no_answer: "The server did not answer the end of the call. It closes the call by itself within 90 seconds.",
  1001: "The server is restarting. Try again in a few seconds; the call was closed and billed for what was said.",
  1006: "The connection broke. The call was closed; what was said until then is in Calls.",
  1013: "The media process cannot be reached. Look at its lines in the terminal, then try again.",
  4401: "This call’s ticket was used already or has run out. Start again.",
  4402: "The balance is used up, so no call can start. Top it up, then try again.",
  4408: "The server heard nothing for too long and closed the call. Check your connection and start again.",
  4413: "The browser sent a message that was too big. Load the page again and start again.",
  4429: "All lines are busy just now. Try again in a moment.",
};

// Returns an Error with a sentence for people.
export const refusal = (key) => {
  const known = sentences[key] ?? `The call broke off (${key}). Start again; if it happens again, look at the call in Calls.`;
  return Object.assign(new Error(known), { code: String(key) });
};
