// What the page asks its server. Everything is below the page's own unguessable path.

async function answer(response) {
  const found = await response.json().catch(() => ({ error: "the answer could not be read" }));
  if (!response.ok) throw new Error(found.error ?? `answered ${response.status}`);
  return found;
}

export const get = async (path) => answer(await fetch(path));

export const post = async (path, asked) =>
  answer(await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) }));

export async function text(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.text();
}

/** Events since a change, until closed. The browser comes back by itself, and says what it has seen last. */
export function changes(query, since, heard) {
  const stream = new EventSource(`changes?${query}&since=${since}`);
  stream.addEventListener("changes", (event) => heard.changes(JSON.parse(event.data)));
  stream.addEventListener("state", (event) => heard.state(JSON.parse(event.data)));
  stream.addEventListener("open", () => heard.connected(true));
  stream.addEventListener("error", () => heard.connected(false));
  return stream;
}
