// What the phone's screen shows. Each screen draws itself and says what its soft keys and other keys do.
// `phone` (handset.js) is the machine: its state, `say(key)`, and the things that can be done.

import { element, linked } from "./dom.js";

const DIALS = /^[0-9*#]$/;
const time = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
const when = (at) => {
  const day = new Date(at * 1000);
  return day.toDateString() === new Date().toDateString() ? time(at) : `${day.getMonth() + 1}/${day.getDate()}`;
};
const newest = (phone) => [...(phone.seen?.messages ?? [])].reverse();

const idle = {
  draw(phone) {
    const now = new Date();
    const unread = phone.seen?.unread ?? 0;
    const locale = phone.language === "zh" ? "zh-CN" : "en-GB";
    return element("div", { class: "idle" },
      element("div", { class: "time" }, time(now / 1000)),
      element("div", { class: "date" }, now.toLocaleDateString(locale, { weekday: "long", month: "long", day: "numeric" })),
      unread
        ? element("button", { type: "button", class: "note", onclick: () => phone.readNewest() }, `✉ ${phone.say("arrived")}: ${unread}`)
        : element("div", { class: "tip" }, phone.say(phone.onlyCalls ? "dial-hint-call" : "dial-hint")));
  },
  left(phone) {
    if (phone.onlyCalls) return null;
    return phone.seen?.unread ? ["read", () => phone.readNewest()] : ["messages", () => phone.go("inbox")];
  },
  right: (phone) => (phone.onlyCalls ? null : ["new-message", () => phone.write()]),
  key(phone, key) {
    if (DIALS.test(key)) phone.go("dial", { typed: key });
    if (key === "call" && phone.last) phone.go("dial", { typed: phone.last });
    if ((key === "up" || key === "down") && !phone.onlyCalls) phone.go("inbox");
  },
};

const dial = {
  draw: (phone) => element("div", { class: "dial" }, phone.typed),
  left: (phone) => ["call", () => phone.dial()],
  right: (phone) => ["clear", () => dial.key(phone, "Backspace")],
  key(phone, key) {
    if (DIALS.test(key)) phone.go("dial", { typed: (phone.typed + key).slice(0, 60) });
    if (key === "Backspace") phone.typed.length > 1 ? phone.go("dial", { typed: phone.typed.slice(0, -1) }) : phone.go("idle");
    if (key === "call") phone.dial();
    if (key === "end") phone.go("idle");
  },
};

const BAD = ["timeout", "no-service", "unknown-code", "broken"];

function ending(phone, ussd) {
  const words = phone.say(ussd.ending === "closed" ? "session-over" : `end-${ussd.ending}`);
  const look = ["ending", BAD.includes(ussd.ending) && "bad", !ussd.text && "alone"].filter(Boolean).join(" ");
  return element("p", { class: look }, words);
}

const ussd = {
  draw(phone) {
    const { turn, text } = phone.seen.ussd;
    if (turn === "application") return element("div", { class: "ussd" }, element("div", { class: "waiting" }, phone.say("wait")));
    return element("div", { class: "ussd" },
      (text || turn !== "ended") && element("pre", {}, text),
      turn === "subscriber" && phone.field("input", { id: "answer", autocomplete: "off", maxlength: "160", "aria-label": phone.say("answer"), placeholder: phone.say("answer") }, "typed"),
      turn === "nobody" && element("p", { class: "ending" }, phone.say("notice")),
      turn === "ended" && ending(phone, phone.seen.ussd));
  },
  left(phone) {
    if (phone.seen.ussd.turn === "subscriber") return ["send", () => phone.answer()];
    return phone.seen.ussd.turn === "ended" && phone.seen.unread ? ["read", () => phone.close().then(() => phone.readNewest())] : null;
  },
  right(phone) {
    if (phone.seen.ussd.turn === "ended") return ["close", () => phone.close()];
    return phone.typed ? ["clear", () => phone.type("Backspace")] : ["cancel", () => phone.cancel()];
  },
  key(phone, key) {
    const { turn } = phone.seen.ussd;
    if (turn === "subscriber" && (DIALS.test(key) || key === "Backspace")) phone.type(key);
    if (turn === "subscriber" && key === "call") phone.answer();
    if (key === "end") turn === "ended" ? phone.close() : phone.cancel();
    if (turn === "ended" && key === "call") phone.close();
    if (key === "up" || key === "down") phone.scroll(key);
  },
};

const inbox = {
  draw(phone) {
    const messages = newest(phone);
    if (!messages.length) return element("p", { class: "none" }, phone.say("no-messages"));
    return element("ul", { class: "list" }, ...messages.map((sms, place) => element("li", { class: sms.read ? "" : "unread" },
      element("button", { type: "button", class: place === phone.picked ? "picked" : "", onclick: () => phone.open(sms) },
        element("b", {}, `${sms.outgoing ? "→ " : ""}${sms.peer}`),
        element("time", {}, when(sms.at)),
        element("span", {}, sms.text)))));
  },
  left: (phone) => (newest(phone).length ? ["open", () => phone.open(newest(phone)[phone.picked])] : ["new-message", () => phone.write()]),
  right: () => ["back", (phone) => phone.go("idle")],
  key(phone, key) {
    const last = newest(phone).length - 1;
    if (key === "down") phone.go("inbox", { picked: Math.min(phone.picked + 1, Math.max(last, 0)) });
    if (key === "up") phone.go("inbox", { picked: Math.max(phone.picked - 1, 0) });
    if (key === "call" && last >= 0) phone.open(newest(phone)[phone.picked]);
    if (key === "end" || key === "Backspace") phone.go("idle");
  },
};

const message = {
  draw(phone) {
    const { peer, at, text, outgoing } = phone.opened;
    return element("article", { class: "message" },
      element("header", {}, element("b", {}, `${outgoing ? "→ " : ""}${peer}`), element("time", {}, `${when(at)} ${time(at)}`.replace(/^(\d+:\d+) .*/, "$1"))),
      element("p", {}, ...linked(text, () => phone.reached("link"))));
  },
  left: (phone) => ["reply", () => phone.write(phone.opened.peer)],
  right: () => ["back", (phone) => phone.go("inbox")],
  key(phone, key) {
    if (key === "end") phone.go("idle");
    if (key === "Backspace") phone.go("inbox");
    if (key === "up" || key === "down") phone.scroll(key);
  },
};

const compose = {
  draw: (phone) => element("div", { class: "compose" },
    element("label", { for: "to" }, phone.say("to")),
    phone.field("input", { id: "to", autocomplete: "off", inputmode: "tel", maxlength: "20" }, "to"),
    element("label", { for: "text" }, phone.say("text")),
    phone.field("textarea", { id: "text", maxlength: "1000" }, "text")),
  left: (phone) => ["send", () => phone.sendSms()],
  right: (phone) => (phone.text ? ["clear", () => phone.type("Backspace")] : ["back", () => phone.go("idle")]),
  key(phone, key) {
    if (DIALS.test(key) || key === "Backspace") phone.type(key);
    if (key === "call") phone.sendSms();
    if (key === "end") phone.go("idle");
  },
};

export const SCREENS = { idle, dial, ussd, inbox, message, compose };
