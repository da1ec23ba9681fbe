// A call on the phone's screen: it rings, is talked, has ended. What is said is played, and its text lights up with it.

import { by, element } from "./dom.js";
import { listen, blocked } from "./sound.js";

const KEY = /^[0-9*#]$/;
const SHOWN_ENDED = 4000; // milliseconds
const SHOWN_KEYS = 18;

let offset = 0; // seconds that this clock is ahead of the simulator's
let keys = ""; // pressed in this call
let putAway = null; // the ended call that is no longer shown
let known = null; // the call whose keys these are
let later = 0;

/** The call that the screen shows, or null. */
export const shown = (phone) => {
  const now = phone.seen?.call;
  return now && !(now.state === "ended" && now.id === putAway) ? now : null;
};

/** A new state has come. `first` is the one that the page began with: what ended before is not shown. */
export function follow(phone, now, first, ended) {
  if (now) offset = Date.now() / 1000 - now.now;
  if (now?.id !== known) [known, keys] = [now?.id ?? null, ""];
  if (first && now?.state === "ended") putAway = now.id;
  clearTimeout(later);
  if (now?.state === "ended" && now.id !== putAway) later = setTimeout(() => { close(now); ended(); }, SHOWN_ENDED);
  listen(now);
}

/** Another phone is looked at. */
export function forget() {
  [known, keys, putAway] = [null, "", null];
  clearTimeout(later);
  listen(null);
}

const close = (now) => { putAway = now.id; };
const clock = (seconds) => `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const passed = (since) => Math.max(0, Date.now() / 1000 - offset - since);

function state(phone, now) {
  if (now.state === "ringing") return phone.say("incoming");
  if (now.state === "calling") return phone.say("calling");
  return now.state === "ended" ? phone.say(`end-call-${now.ending}`) : clock(passed(now.since));
}

/** Rewrite what moves with time: the duration, and how much of the text has been said. */
export function tick(phone) {
  const now = shown(phone);
  const view = by("view").querySelector(".telephone");
  if (!now || !view) return;
  if (now.state === "talking") view.querySelector(".state").textContent = state(phone, now);
  if (now.saying) light(view, now.saying);
}

function light(view, saying) {
  const letters = [...saying.text];
  const said = Math.round(letters.length * Math.min(1, passed(saying.at) / Math.max(saying.seconds, 0.1)));
  const [done, rest] = view.querySelectorAll(".line span");
  if (!rest) return;
  done.textContent = letters.slice(0, said).join("");
  rest.textContent = letters.slice(said).join("");
}

function caption(phone, now) {
  if (now.recording) return element("p", { class: "recording" }, phone.say("recording"));
  const last = now.saying ?? now.heard.at(-1);
  if (!last) return false;
  const line = element("p", { class: now.saying ? "line" : "line past" }, element("span", {}, now.saying ? "" : last.text), element("span", { class: "rest" }, now.saying ? last.text : ""));
  line.setAttribute("aria-hidden", "true"); // it changes with every syllable; the whole text is told once, in #told
  return line;
}

export const call = {
  draw(phone) {
    const now = shown(phone);
    const drawn = element("div", { class: `telephone ${now.state}` },
      element("div", { class: "who" },
        element("span", { class: "face", "aria-hidden": "true" }, now.state === "ended" ? "✕" : "☏"),
        element("b", {}, now.peer),
        element("span", { class: "state" }, state(phone, now)),
        now.partner && now.partner !== now.peer && element("span", { class: "partner" }, `${phone.say("partner")} ${now.partner}`)),
      now.state === "talking" && element("div", { class: "caption" }, caption(phone, now)),
      blocked() && now.saying && element("button", { type: "button", class: "unmute", onclick: () => { listen(null); listen(now); phone.show(); } }, phone.say("unmute")),
      now.state === "talking" && element("p", { class: "pressed" }, keys.slice(-SHOWN_KEYS)));
    if (now.saying) light(drawn, now.saying);
    return drawn;
  },
  left(phone) {
    const now = shown(phone);
    if (now.state === "ringing") return ["accept", () => phone.act("answerCall")];
    return null;
  },
  right(phone) {
    const now = shown(phone);
    if (now.state === "ringing") return ["reject", () => phone.act("reject")];
    if (now.state === "ended") return ["close", () => { close(now); phone.show(); }];
    return ["hang-up", () => phone.act("hangUp")];
  },
  key(phone, key) {
    const now = shown(phone);
    if (now.state === "ended") return key === "end" || key === "call" ? call.right(phone)[1]() : undefined;
    if (key === "end") return phone.act(now.state === "ringing" ? "reject" : "hangUp");
    if (key === "call" && now.state === "ringing") return phone.act("answerCall");
    if (now.state !== "talking" || !KEY.test(key)) return undefined;
    keys += key;
    phone.show();
    return phone.act("key", key);
  },
};

/** What a screen reader is told: the state, then each text once. */
export function told(phone) {
  const now = shown(phone);
  if (!now) return "";
  if (now.state !== "talking") return `${state(phone, now)} ${now.peer}`;
  return now.recording ? phone.say("recording") : (now.saying?.text ?? by("told").textContent);
}
