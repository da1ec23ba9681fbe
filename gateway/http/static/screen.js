// What the kiosk shows: one view at a time, every text in the language of the moment.

const texts = JSON.parse(document.getElementById("texts").textContent);
const HTML_LANGUAGE = { zh: "zh-CN", en: "en" };
const TONES = { genuine: "yes", returned: "yes", cancelled: "no", expired: "no", forged: "no" }; // all others: wait

export const find = (id) => document.getElementById(id);

class Screen {
  home = document.body.dataset.language;
  language = this.home;
  answer = null;
  me = null;

  /** start, checking, outcome or enrol. */
  get view() {
    return document.body.dataset.view;
  }

  show(view) {
    document.body.dataset.view = view;
    if (view === "outcome") find("outcome").focus();
  }

  say(key) {
    return texts[this.language][key];
  }

  speak(language) {
    this.language = language;
    document.documentElement.lang = HTML_LANGUAGE[language];
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = this.say(element.dataset.text);
    document.title = this.say("title");
    this.link(document.body.dataset.link);
    this.where(this.me);
    if (this.answer) this.#outcome();
  }

  /** The kiosk's name and centre, as /api/kiosk/me tells them. */
  where(me) {
    this.me = me;
    find("centre").textContent = me ? me.centre.name[this.language] : this.say("title");
    find("kiosk").textContent = me ? me.name : "";
  }

  /** "online" or "offline". */
  link(state) {
    if (!state) return;
    document.body.dataset.link = state;
    find("link").textContent = this.say(state);
  }

  hint(key, camera) {
    find("finder").classList.toggle("seeing", camera);
    find("hint").dataset.text = key;
    find("hint").textContent = this.say(key);
  }

  digits(typed) {
    const shown = typed.padEnd(12, "·");
    find("digits").replaceChildren(...[0, 4, 8].map((start) => group(shown.slice(start, start + 4))));
    find("digits").setAttribute("aria-label", typed);
    find("enter").disabled = typed.length !== 12;
    if (typed.length !== 12) find("mistyped").hidden = true;
  }

  /** Shows what the server said of a code, or what this kiosk found out alone: {outcome, text, detail, visit}. */
  outcome(answer) {
    this.answer = answer;
    document.body.dataset.outcome = answer.outcome;
    document.body.dataset.tone = TONES[answer.outcome] ?? "wait";
    find("printing").textContent = "";
    this.#outcome();
    this.show("outcome");
  }

  left(seconds) {
    find("left").textContent = seconds;
  }

  #outcome() {
    const { text, detail, visit, queue } = this.answer;
    const language = this.language;
    find("headline").textContent = text[language];
    find("detail").textContent = detail[language];
    find("outcome").classList.toggle("alone", !visit);
    find("visit").hidden = !visit;
    find("print").hidden = !visit;
    if (!visit) return;
    find("queue").textContent = queue;
    find("department").textContent = [visit.department[language], visit.room].filter(Boolean).join(" · ");
    find("practitioner").textContent = visit.practitioner?.[language] ?? "";
    find("when").textContent = visit.when[language];
    find("patient").textContent = visit.name;
  }
}

export const screen = new Screen();

/** An answer of our own making, from the page's texts. */
export function told(outcome, text = outcome, detail = `${outcome}_detail`) {
  const both = (key) => Object.fromEntries(Object.keys(texts).map((language) => [language, texts[language][key] ?? ""]));
  return { outcome, text: both(text), detail: both(detail), visit: null };
}

function group(characters) {
  const box = document.createElement("span");
  for (const character of characters) {
    const place = document.createElement(character === "·" ? "s" : "i");
    place.textContent = character;
    box.append(place);
  }
  return box;
}
