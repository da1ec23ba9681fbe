// The kiosk's way to the server: JSON over HTTP with the kiosk's own token.

const PATIENCE = 8000; // milliseconds for one answer

/** No answer came: the network, the server, or something between them is down. */
export class Offline extends Error {}

export class Server {
  constructor(token) {
    this.token = token;
  }

  /** Kiosk and centre: {status, body}. */
  me() {
    return this.#json("GET", "/api/kiosk/me");
  }

  /** The public keys as a JWK set. */
  keys() {
    return this.#json("GET", "/api/kiosk/keys");
  }

  /** Uses a code that was scanned or typed. */
  check(code) {
    return this.#json("POST", "/api/kiosk/check", JSON.stringify({ code }), "application/json");
  }

  /** The same for a camera frame, a JPEG blob. */
  look(frame) {
    return this.#json("POST", "/api/kiosk/check", frame, "image/jpeg");
  }

  /** The slip as a PNG blob; null if there is none. */
  async slip(path, language) {
    const answer = await this.#fetch("GET", `${path}.png?lang=${language}`);
    return answer.ok ? answer.blob() : null;
  }

  async #json(method, path, body, type) {
    const answer = await this.#fetch(method, path, body, type);
    try {
      return { status: answer.status, body: await answer.json() };
    } catch {
      throw new Offline("the answer broke off, or came from a proxy without its server");
    }
  }

  async #fetch(method, path, body, type) {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (type) headers["Content-Type"] = type;
    try {
      return await fetch(path, { method, headers, body, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    } catch (error) {
      throw new Offline(String(error));
    }
  }
}
