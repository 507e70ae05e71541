// What the Node SDK's guide says a receiver does, with nothing but Node's own modules:
// lowercase hex HMAC-SHA256 of `${timestamp}.${rawBody}`, compared in constant time, the
// timestamp in milliseconds and no older than five minutes. Reads one letter a line.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";

const TOLERANCE_MS = 300_000;

function verifySignature(rawBody, signature, timestamp, secret) {
  const sent = Number(timestamp);
  if (!Number.isFinite(sent)) return "Invalid timestamp";
  if (Date.now() - sent > TOLERANCE_MS) return "Timestamp is too old";
  const made = createHmac("sha256", secret).update(`${timestamp}.`).update(rawBody).digest("hex");
  const given = Buffer.from(String(signature));
  const wanted = Buffer.from(made);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return "Invalid signature";
  return "ok";
}

for await (const line of createInterface({ input: process.stdin })) {
  const { body, signature, timestamp, secret } = JSON.parse(line);
  console.log(verifySignature(Buffer.from(body, "base64"), signature, timestamp, secret));
}
