// The kiosk: takes codes from scanner, keypad and camera, asks the server, shows the outcome, begins again.

import { Camera } from "./camera.js";
import { judge } from "./offline.js";
import { find, screen, told } from "./screen.js";
import { Offline, Server } from "./server.js";
import { listen } from "./wedge.js";

const TOKEN = "caredial.kiosk.token";
const KEYS = "caredial.kiosk.keys";
const ME = "caredial.kiosk.me";

const LOOK = 500; // milliseconds between two looks through the camera
const AGAIN = 30_000; // between two tries to open one: it may be plugged in later
const ALIVE = 60_000; // between two questions whether the server is there
const RETRY = 5_000; // the same while it is not
const FORGET = 25_000; // after which half a number or a chosen language is nobody's any more
const SHOWN = { genuine: 20, used: 12 }; // seconds; all other outcomes 10
const BOUNCE = 3_000; // a scanner that reads twice
const SEEN = 60_000; // a phone left before the camera
const TCODE = /^CD1:|^\d{12}$|\/t\/\w+/; // among all that a camera may see

const server = new Server("");
const camera = new Camera(find("video"));

let busy = false; // one code at a time
let typed = "";
let seeing = false;
let countdown = 0;
let idle = 0;
let beat = 0;
let clock = 0;
let last = { code: "", at: -Infinity, visit: null }; // the code that was answered last

// Codes

/** Takes a code that was scanned or typed. While one is being checked, others are let go. */
async function take(code) {
  if (busy || screen.view === "enrol" || screen.view === "loading") return;
  if (screen.view === "outcome" && code === last.code && performance.now() - last.at < BOUNCE) return;
  busy = true;
  clear();
  screen.show("checking");
  try {
    settle(await server.check(code));
    online();
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    offline();
    finish(await alone(code));
  } finally {
    busy = false;
    last = { ...last, code, at: performance.now() };
  }
}

/** What to show without the server. */
async function alone(code) {
  const me = read(ME);
  const outcome = me && (await judge(code, read(KEYS), me.centre.id, wall()));
  if (outcome === "forged" || outcome === "offline_genuine") return told(outcome);
  if (outcome) return told(outcome, outcome, "offline_detail");
  return told("offline", "offline_title", "offline_detail");
}

function settle({ status, body }) {
  if (status === 200) finish(body);
  else if (status === 401) enrol("enrol_refused");
  else if (status === 429) finish(told("too_many"));
  else finish(told("broken"));
}

function finish(answer) {
  if (answer.visit && screen.language === screen.home && !chosen) screen.speak(answer.visit.language);
  last.visit = answer.visit?.id ?? null;
  screen.outcome(answer);
  count(SHOWN[answer.outcome] ?? 10);
}

function count(seconds) {
  clearInterval(countdown);
  screen.left(seconds);
  countdown = setInterval(() => {
    seconds -= 1;
    screen.left(seconds);
    if (seconds <= 0) begin();
  }, 1000);
}

/** Back to the start, ready for the next person. */
function begin() {
  clearInterval(countdown);
  screen.answer = null;
  find("slip").removeAttribute("src");
  clear();
  forget();
  camera.forget();
  screen.show("start");
}

// Language

let chosen = false; // by a finger, not by the visit

function forget() {
  chosen = false;
  if (screen.language !== screen.home) screen.speak(screen.home);
}

find("language").addEventListener("click", () => {
  chosen = true;
  screen.speak(screen.language === "zh" ? "en" : "zh");
  stir();
});

// Digits

function digit(d) {
  if (screen.view !== "start" || typed.length === 12) return;
  typed += d;
  screen.digits(typed);
  stir();
}

function clear() {
  typed = "";
  screen.digits(typed);
}

function erase() {
  typed = typed.slice(0, -1);
  screen.digits(typed);
  stir();
}

/** Sends the number; one that is mistyped (ISO 7064, MOD 97-10) is told at once. */
function enter() {
  if (screen.view === "outcome") return begin(), true;
  if (screen.view !== "start" || !typed) return false;
  if (typed.length < 12) return true;
  if (Number(typed) % 97 === 1) take(typed);
  else find("mistyped").hidden = false;
  return true;
}

/** Somebody is here; when nobody has been for a while, what they left is cleared. */
function stir() {
  clearTimeout(idle);
  idle = setTimeout(() => {
    if (screen.view !== "start") return;
    clear();
    forget();
  }, FORGET);
}

find("keypad").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button?.dataset.digit) digit(button.dataset.digit);
  if (button?.dataset.do === "clear") clear();
  if (button?.dataset.do === "erase") erase();
});
find("enter").addEventListener("click", enter);
find("done").addEventListener("click", begin);
// A button that keeps the focus would be pressed again by a scanner's Enter.
addEventListener("click", (event) => event.detail > 0 && event.target.closest("button")?.blur());
addEventListener("contextmenu", (event) => event.preventDefault());
listen({ code: take, digit, erase, enter, escape: () => screen.view === "outcome" && begin() });

// Camera

async function see() {
  try {
    if (!seeing) await open();
    else if (!camera.live) seeing = false;
    else if (!busy && screen.view === "start") await look();
  } finally {
    setTimeout(see, seeing ? LOOK : AGAIN);
  }
}

async function open() {
  seeing = await camera.open();
  screen.hint(hint(), seeing);
}

function hint() {
  return seeing ? "scan_hint_camera" : "scan_hint";
}

async function look() {
  const code = await camera.read();
  if (code) return seen(code);
  if (document.body.dataset.link === "offline") return undefined;
  const frame = await camera.look();
  if (!frame || busy || screen.view !== "start") return undefined;
  busy = true;
  try {
    glimpse(await server.look(frame));
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    offline();
  } finally {
    busy = false;
  }
  return undefined;
}

/** A code read by the browser: the same one is not asked about again while it stays before the camera. */
function seen(code) {
  if (code === last.code && performance.now() - last.at < SEEN) return undefined;
  return TCODE.test(code) ? take(code) : passing("unreadable_detail");
}

/** The answer to a frame: most frames show no code, and a code just used may still be in the picture. */
function glimpse({ status, body }) {
  if (status === 401) return enrol("enrol_refused");
  if (status !== 200 || body.reason === "no_code") return undefined;
  if (body.outcome === "unreadable") return passing("unreadable_detail");
  const again = body.outcome === "used" && body.visit.id === last.visit && performance.now() - last.at < SEEN;
  if (again) return undefined;
  finish(body);
  last = { code: "", at: performance.now(), visit: last.visit };
  return undefined;
}

function passing(key) {
  screen.hint(key, true);
  setTimeout(() => screen.hint(hint(), seeing), 4000);
}

// The slip

find("print").addEventListener("click", async () => {
  const { visit } = screen.answer ?? {};
  if (!visit) return;
  count(30);
  find("printing").textContent = screen.say("printing");
  const printed = await print(visit.slip).catch(() => false);
  find("printing").textContent = printed ? "" : screen.say("not_printed");
  if (screen.view === "outcome") count(printed ? 6 : 15);
});

async function print(path) {
  const blob = await server.slip(path, screen.language);
  if (!blob) return false;
  const image = find("slip");
  image.src = URL.createObjectURL(blob);
  await image.decode();
  window.print();
  URL.revokeObjectURL(image.src);
  return true;
}

// The server

function online() {
  screen.link("online");
}

function offline() {
  screen.link("offline");
  clearTimeout(beat);
  beat = setTimeout(pulse, RETRY);
}

/** Asks whether the server is there, and keeps what is needed when it is not. */
async function pulse() {
  clearTimeout(beat);
  beat = setTimeout(pulse, ALIVE);
  try {
    const { status, body } = await server.me();
    if (status === 401) return enrol("enrol_refused");
    if (status === 200) await known(body);
    online();
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    offline();
  }
  return undefined;
}

async function known(me) {
  const now = Date.parse(`${me.now.slice(0, 19)}Z`); // the centre's wall clock, in UTC's clothes
  write(ME, { ...me, ahead: now - Date.now() });
  screen.where(me);
  tick();
  const { status, body } = await server.keys();
  if (status === 200) write(KEYS, body);
}

// Enrolment

function enrol(why) {
  clearTimeout(beat);
  clearInterval(countdown);
  screen.answer = null;
  find("refused").textContent = why ? screen.say(why) : "";
  find("token").value = "";
  screen.show("enrol");
  find("token").focus();
}

async function admit(token) {
  server.token = token;
  localStorage.setItem(TOKEN, token);
  screen.where(read(ME));
  begin();
  await pulse();
}

find("enrolment").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = find("token").value.trim();
  if (!token) return;
  server.token = token;
  try {
    const { status } = await server.me();
    if (status === 200) await admit(token);
    else enrol(status === 401 ? "enrol_refused" : "too_many");
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    find("refused").textContent = screen.say("enrol_unreachable");
  }
});

function read(key) {
  return JSON.parse(localStorage.getItem(key) ?? "null");
}

function write(key, value) {
  localStorage.setItem(key, JSON.stringify(value));
}

/** The time at the centre as the server tells it, to be read with the getUTC... methods. */
function wall() {
  const here = Date.now() - new Date().getTimezoneOffset() * 60_000;
  const ahead = read(ME)?.ahead;
  return new Date(ahead === undefined ? here : Date.now() + ahead);
}

function tick() {
  const now = wall();
  find("clock").textContent = now.toISOString().slice(11, 16);
  clearTimeout(clock);
  clock = setTimeout(tick, 60_000 - (now.getTime() % 60_000));
}

async function main() {
  const given = location.hash.slice(1);
  if (given) {
    history.replaceState(null, "", location.pathname + location.search); // not in a screenshot, not in the history
    localStorage.removeItem(ME);
  }
  tick();
  screen.speak(screen.language);
  clear();
  const token = given || localStorage.getItem(TOKEN);
  if (token) await admit(token);
  else enrol("");
  await see();
}

addEventListener("hashchange", () => location.reload()); // a new token

main();
