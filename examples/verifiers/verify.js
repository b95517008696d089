// One request a line from standard input, one answer a line to standard output. Only `accepts` is about the vendor.
const { createHmac, timingSafeEqual } = require("node:crypto");
const lines = require("node:readline").createInterface({ input: process.stdin });

// Standard Webhooks: HMAC-SHA256 over id, time and body, Base64, several signatures with a blank between.
function accepts(headers, body, secret, now) {
  const [id, time, listed] = ["id", "timestamp", "signature"].map((name) => headers[`webhook-${name}`]);
  if (!id || !listed || !/^[0-9]+$/.test(time) || Math.abs(now - Number(time)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const digest = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64");
  const right = Buffer.from(`v1,${digest}`);
  return listed.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

lines.on("line", (line) => {
  const asked = JSON.parse(line);
  const headers = Object.fromEntries(asked.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const accepted = accepts(headers, Buffer.from(asked.body_base64, "base64"), asked.secret, asked.now);
  console.log(JSON.stringify({ id: asked.id, accepted }));
});
