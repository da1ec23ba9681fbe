// The words beside the phone: what to try, the phone's own number, and trouble for the network.

import { by } from "./dom.js";
import { syntheticIdentity } from "./identity.js";
import { trouble } from "./trouble.js";

/** Wire the panel. Returns `reached(step)`, which ticks a step off, and `words()`, which fills in what is not a text. */
export function guide(phone, settings, { speak, use, toast }) {
  const words = () => {
    chip("code").textContent = settings.ussd_code;
    chip("name").textContent = phone.say("name");
    chip("identity").textContent = syntheticIdentity(phone.number);
    by("number").value = phone.number;
    chip("hotline").textContent = settings.hotline;
    document.querySelector("[data-step=call]").hidden = !settings.hotline;
    document.body.classList.toggle("only-calls", settings.only_calls);
    by("kiosk").href = settings.kiosk_url;
    by("kiosk").closest("li").hidden = !settings.kiosk_url;
    panel.words();
  };
  const reached = (step) => document.querySelector(`[data-step="${step}"]`)?.classList.add("done");

  // The next key of the keyboard is meant for the phone, not for the chip or the form again.
  for (const one of document.querySelectorAll("[data-chip]")) one.addEventListener("click", () => one.blur());
  chip("code").onclick = () => phone.seen?.ussd || phone.go("dial", { typed: settings.ussd_code });
  chip("hotline").onclick = () => phone.seen?.ussd || phone.go("dial", { typed: settings.hotline });
  chip("name").onclick = () => fill(phone, chip("name").textContent);
  chip("identity").onclick = () => { fill(phone, chip("identity").textContent); reached("person"); };
  chip("write").onclick = () => phone.seen?.ussd || phone.write();
  by("kiosk").addEventListener("click", () => reached("kiosk"));
  for (const button of document.querySelectorAll("[data-language]")) {
    // The keyboard is the phone's: Enter after this must dial, not choose the language once more.
    button.onclick = () => { speak(button.dataset.language); button.blur(); };
  }
  by("number-form").onsubmit = (event) => chooseNumber(event, phone, use, toast);
  const panel = trouble(phone, settings, toast);
  return { reached, words };
}

const chip = (name) => document.querySelector(`[data-chip="${name}"]`);

/** Put a text into the answer or the SMS that is being written; else into the clipboard, to be of use later. */
function fill(phone, text) {
  const field = by("view").querySelector("#answer, #text");
  if (!field) return navigator.clipboard?.writeText(text);
  field.value = text;
  field.dispatchEvent(new Event("input"));
  return field.focus();
}

function chooseNumber(event, phone, use, toast) {
  event.preventDefault();
  const number = by("number").value.replace(/[\s+-]/g, "");
  if (!/^[0-9]{3,15}$/.test(number)) return toast(phone.say("bad-number"));
  by("number").blur();
  return use(number);
}
