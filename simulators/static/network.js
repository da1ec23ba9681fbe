// The simulator's JSON API and its live stream (simulators/http.py).

const path = (number, rest = "") => `/api/phones/${encodeURIComponent(number)}${rest}`;

/** POST JSON; returns the answer, throws {code, message} when it is refused and {code: "lost"} when nobody answers. */
async function post(url, body = {}) {
  let response;
  try {
    response = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw { code: "lost" };
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw { code: answer.error || "refused", message: answer.message || "" };
  return answer;
}

/** The keys of one phone; each returns the phone as it is afterwards. */
export const press = {
  dial: (number, code) => post(path(number, "/dial"), { code }),
  answer: (number, text) => post(path(number, "/answer"), { text }),
  cancel: (number) => post(path(number, "/cancel")),
  close: (number) => post(path(number, "/close")),
  send: (number, to, text) => post(path(number, "/sms"), { to, text }),
  read: (number, id) => post(path(number, "/read"), { id }),
  call: (number, to) => post(path(number, "/call"), { to }),
  key: (number, key) => post(path(number, "/key"), { key }),
  hangUp: (number) => post(path(number, "/hangup")),
  answerCall: (number) => post(path(number, "/answer")),
  reject: (number) => post(path(number, "/reject")),
  voice: (number, samples) => post(path(number, "/voice"), { samples }),
};

export const network = {
  read: async () => (await fetch("/api/network")).json(),
  change: (conditions) => post("/api/network", conditions),
  name: (name) => post("/api/network/name", { name }),
  burst: (count, text) => post("/api/network/burst", { count, text }),
  unbind: () => post("/api/network/unbind"),
  drop: () => post("/api/network/drop"),
};

/** Follow one phone: `seen(phone)` after every change, `lost()` while the simulator is away. Returns a stop function. */
export function follow(number, seen, lost) {
  const stream = new EventSource(path(number, "/events"));
  stream.addEventListener("phone", (event) => seen(JSON.parse(event.data)));
  stream.onerror = lost; // the browser tries again by itself
  return () => stream.close();
}
