// The handset page: one phone, its keys, and the stream of what happens to it.

import * as calls from "./call.js";
import { by, element } from "./dom.js";
import { guide } from "./guide.js";
import { follow, press } from "./network.js";
import { SCREENS } from "./screens.js";
import { record } from "./sound.js";

const settings = JSON.parse(by("settings").textContent);
const TOAST = 2600; // milliseconds
const FINE = matchMedia("(pointer: fine)").matches; // a mouse: a field may take the focus without a keyboard popping up

/** The number after "#" of the address, so that every window may be another phone. */
const numberOfPage = () => location.hash.slice(1).replace(/\D/g, "") || settings.number;

const phone = {
  onlyCalls: settings.only_calls,
  number: numberOfPage(),
  language: localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh" : "en"),
  seen: null, // the phone as the simulator tells it
  screen: "idle",
  typed: "", // dialled digits, or the answer to a menu
  last: "", // the code dialled last
  picked: 0, // line of the inbox
  opened: null, // message being read
  to: "",
  text: "",

  say: (key) => settings.texts[phone.language][key] ?? key,

  go(screen, changes = {}) {
    if (screen === "inbox" && phone.screen !== "inbox" && phone.screen !== "message") phone.picked = 0;
    if (screen === "idle") phone.typed = "";
    Object.assign(phone, changes, { screen });
    show();
  },

  async dial() {
    const code = phone.typed;
    if (!/^[*#].*#$/.test(code)) return phone.call(code);
    phone.last = code;
    reached("dial");
    if (await attempt(() => press.dial(phone.number, code))) phone.go("idle");
  },

  async call(number) {
    if (!settings.hotline) return toast(phone.say("no-voice"));
    phone.last = number;
    if (await attempt(() => press.call(phone.number, number))) phone.go("idle");
  },

  /** Do something to the call: a key of `press`. */
  act: (name, ...given) => attempt(() => press[name](phone.number, ...given)),

  show: () => show(),

  async answer() {
    const text = phone.typed;
    if (!text || !(await attempt(() => press.answer(phone.number, text)))) return;
    phone.typed = "";
    show();
  },

  cancel: () => attempt(() => press.cancel(phone.number)),

  close: () => attempt(() => press.close(phone.number)),

  async sendSms() {
    const { to, text } = phone;
    if (!to || !text) return;
    if (await attempt(() => press.send(phone.number, to, text))) {
      phone.go("idle", { text: "" });
      toast(phone.say("sent"));
    }
  },

  write(to = settings.service_number) {
    phone.go("compose", { to, text: "" });
    if (FINE) by("text").focus();
  },

  open(sms) {
    if (!sms) return;
    phone.go("message", { opened: sms });
    if (!sms.read) attempt(() => press.read(phone.number, sms.id));
    if (!sms.outgoing) reached("read");
  },

  readNewest() {
    const unread = (phone.seen?.messages ?? []).filter((sms) => !sms.read);
    phone.picked = 0;
    phone.open(unread.at(-1));
  },

  /** A field of the screen that keeps what is typed in `phone[name]` over redraws. */
  field(tag, attributes, name) {
    const made = element(tag, { ...attributes, oninput: (event) => { phone[name] = event.target.value; softs(); } });
    made.value = phone[name];
    return made;
  },

  /** A key of the keypad types into the field in use (the last one of the screen unless another has the focus). */
  type(key) {
    const fields = [...by("view").querySelectorAll("input, textarea")];
    const field = fields.find((one) => one === document.activeElement) ?? fields.at(-1);
    if (!field) return;
    const from = field.selectionStart, to = field.selectionEnd;
    if (key === "Backspace") field.setRangeText("", from === to ? Math.max(from - 1, 0) : from, to, "end");
    else if (field.value.length < field.maxLength) field.setRangeText(key, from, to, "end");
    field.dispatchEvent(new Event("input"));
  },

  scroll: (key) => by("view").scrollBy({ top: key === "down" ? 60 : -60 }),

  reached: (step) => reached(step),
};

/** What the screen shows: a call comes first, then an open session and its last text, before everything else. */
const screen = () => (calls.shown(phone) ? calls.call : SCREENS[phone.seen?.ussd ? "ussd" : phone.screen]);

function show() {
  const focused = by("view").contains(document.activeElement) ? document.activeElement.id : "";
  // A call's screen moves with every second; what is to be told of it goes to #told.
  by("view").setAttribute("aria-live", calls.shown(phone) ? "off" : "polite");
  by("view").replaceChildren(screen().draw(phone));
  const field = by("view").querySelector("input, textarea");
  const wanted = (focused && by(focused)) || (FINE && phone.seen?.ussd ? field : null);
  wanted?.focus({ preventScroll: true });
  by("view").querySelector(".picked")?.scrollIntoView({ block: "nearest" });
  softs();
}

function softs() {
  for (const side of ["left", "right"]) {
    const soft = screen()[side](phone);
    by(side).textContent = soft ? phone.say(soft[0]) : "";
    by(side).disabled = !soft;
    by(side).onclick = soft ? () => soft[1](phone) : null;
  }
  const ringing = calls.shown(phone)?.state === "ringing";
  document.querySelector("[data-key=call]").classList.toggle("wanted", ringing || screen() === SCREENS.dial);
  by("phone").classList.toggle("ringing", ringing);
  const told = calls.told(phone);
  if (by("told").textContent !== told) by("told").textContent = told;
}

function bar() {
  const bound = Boolean(phone.seen?.network.bound);
  const unread = phone.seen?.unread ?? 0;
  by("signal").classList.toggle("off", !bound);
  by("own").textContent = phone.number;
  by("mail").hidden = !unread;
  by("mail").textContent = unread || "";
  by("clock").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  const status = phone.seen ? (bound ? "on" : "off") : "lost";
  by("status").className = `status ${status}`;
  by("status").querySelector("span").textContent = phone.say(`network-${status}`);
}

let toastTimer = 0;
function toast(words) {
  by("toast").textContent = words;
  by("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { by("toast").hidden = true; }, TOAST);
}

/** Run a request; say on the screen why it was refused. Returns whether it went well. */
async function attempt(request) {
  const { number } = phone;
  try {
    const now = await request();
    if (number === phone.number) seen(now); // else another phone has been chosen meanwhile
    return true;
  } catch (refused) {
    const words = { lost: "lost", "bad-number": "bad-number", "queue-full": "not-sent", "too-long": "too-long" }[refused.code];
    // "not-now" is a key pressed twice, or too late: the screen shows already how things stand.
    if (refused.code !== "not-now") toast(words ? phone.say(words) : refused.message || String(refused));
    return false;
  }
}

function seen(now) {
  const before = phone.seen;
  if (before && now.serial < before.serial) return; // the stream was faster than this answer, or the other way
  phone.seen = now;
  const newest = (one) => one?.messages.filter((sms) => !sms.outgoing).at(-1)?.id ?? 0;
  if (before && newest(now) > newest(before)) arrived();
  if (now.ussd?.turn !== before?.ussd?.turn && now.ussd?.turn !== "application") phone.typed = "";
  if (before?.ussd && now.ussd?.ending === "closed" && before.ussd.ending !== "closed") ["book", "person"].forEach(reached);
  if (now.call?.state === "talking") reached("call");
  calls.follow(phone, now.call, !before, show);
  record(phone.number, Boolean(now.call?.recording));
  const call = (one) => one?.call && [one.call.id, one.call.state, one.call.partner, one.call.recording, one.call.saying?.id, one.call.heard.length];
  const shown = (one) => JSON.stringify([one?.ussd, one?.unread, one?.messages.length, one?.messages.at(-1)?.id, call(one)]);
  if (shown(now) !== shown(before)) show();
  bar();
}

function arrived() {
  by("phone").classList.remove("buzz");
  void by("phone").offsetWidth; // begin the animation anew
  by("phone").classList.add("buzz");
}

function lost() {
  phone.seen = null;
  show();
  bar();
}

let stop = () => {};
function use(number) {
  stop();
  calls.forget();
  record(phone.number, false);
  location.hash = number === settings.number ? "" : number;
  Object.assign(phone, { number, seen: null, screen: "idle", typed: "", text: "", opened: null });
  stop = follow(number, seen, lost);
  speak(phone.language);
}

function speak(language) {
  phone.language = language;
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = phone.say(one.dataset.text);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", phone.say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-language]")) one.setAttribute("aria-pressed", String(one.dataset.language === language));
  document.title = `CareDial · ${phone.say("title")}`;
  words(settings, phone);
  show();
  bar();
}

const KEYS = { Enter: "call", Escape: "end", ArrowUp: "up", ArrowDown: "down", Backspace: "Backspace" };

function typedOnKeyboard(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const inField = event.target.matches("input, textarea");
  if (inField && !by("screen").contains(event.target)) return;
  if (event.key === "Enter" && event.target.matches("button, a, summary, textarea")) return;
  const field = [...by("view").querySelectorAll("input, textarea")].at(-1);
  if (field && !inField && (event.key.length === 1 || event.key === "Process")) return field.focus(); // and is typed there
  const key = KEYS[event.key] ?? (/^[0-9*#]$/.test(event.key) ? event.key : null);
  if (!key || (inField && !["call", "end"].includes(key))) return;
  event.preventDefault();
  pressed(key);
}

function pressed(key) {
  const button = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  button?.classList.add("down");
  setTimeout(() => button?.classList.remove("down"), 120);
  screen().key(phone, key);
}

const { reached, words } = guide(phone, settings, { speak, use, toast });
by("keys").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key) pressed(key);
});
// A press on a key must not take the focus from the field that it types into.
by("phone").addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
document.addEventListener("keydown", typedOnKeyboard);
addEventListener("hashchange", () => { if (numberOfPage() !== phone.number) use(numberOfPage()); });
setInterval(() => calls.tick(phone), 200);
setInterval(() => { bar(); if (screen() === SCREENS.idle) show(); }, 15000);
use(phone.number);
