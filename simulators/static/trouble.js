// Trouble for the network: a network by name, or each condition by hand, in groups as the simulator tells them.

import { by, element } from "./dom.js";
import { network } from "./network.js";

const BURST = 100; // messages at once

/** Wire the panel. Returns `words()`, which writes its texts in the language of the page. */
export function trouble(phone, settings, toast) {
  const fields = new Map(); // by the condition's name: its input
  const sections = settings.conditions.map((group) => section(group, fields));
  by("groups").replaceChildren(...sections.map((one) => one.details));
  const presets = settings.networks.map((name) => preset(name, () => change(() => network.name(name))));
  by("presets").replaceChildren(...presets);

  const show = (state) => {
    for (const [name, field] of fields) {
      if (field.type === "checkbox") field.checked = state.conditions[name];
      else field.value = state.conditions[name];
    }
    for (const one of presets) one.setAttribute("aria-pressed", String(one.dataset.preset === state.network));
    for (const one of sections) one.count();
  };
  const change = async (request) => {
    try {
      await request();
      show(await network.read());
      toast(phone.say("trouble-applied"));
    } catch (refused) {
      toast(phone.say(refused.code === "lost" ? "lost" : "trouble-refused"));
    }
  };
  by("trouble").ontoggle = async () => by("trouble").open && show(await network.read());
  by("trouble-form").onsubmit = (event) => {
    event.preventDefault();
    change(() => network.change(Object.fromEntries([...fields].map(([name, field]) => [name, value(field)]))));
  };
  by("groups").oninput = () => { for (const one of sections) one.count(); };
  by("burst").onclick = () => change(() => network.burst(BURST, phone.say("trouble-burst")));
  by("unbind").onclick = () => change(network.unbind);
  by("drop").onclick = () => change(network.drop);
  return {
    words: () => {
      for (const one of presets) one.textContent = phone.say(`preset-${one.dataset.preset}`);
      by("presets").setAttribute("aria-label", phone.say("trouble-network"));
      for (const label of by("groups").querySelectorAll("[data-trouble]")) {
        label.textContent = phone.say(`trouble-${label.dataset.trouble}`);
      }
    },
  };
}

const value = (field) => {
  if (field.type === "checkbox") return field.checked;
  return field.type === "number" ? Number(field.value) : field.value;
};

function preset(name, onclick) {
  return element("button", { type: "button", "data-preset": name, "aria-pressed": "false", onclick });
}

/** One group: its title with how many of its conditions are on, and a line for each. */
function section(group, fields) {
  const badge = element("b", { class: "badge", hidden: true });
  const title = element("summary", {}, element("span", { "data-trouble": group.prefix }), badge);
  const lines = group.entries.map((entry) => {
    const field = made(entry);
    fields.set(entry.name, field);
    const words = element("span", { "data-trouble": entry.name });
    const hint = `${entry.sentence} (--${entry.name.replaceAll("_", "-")})`;
    return element("label", { class: entry.kind === "switch" ? "tick" : "", title: hint }, words, field);
  });
  const changed = (entry) => String(value(fields.get(entry.name))) !== standard(entry);
  const count = () => {
    const on = group.entries.filter(changed).length;
    badge.textContent = on;
    badge.hidden = !on;
  };
  return { details: element("details", { class: "group" }, title, ...lines), count };
}

const standard = (entry) => String(entry.default);

function made(entry) {
  const name = entry.name;
  if (entry.kind === "switch") return element("input", { name, type: "checkbox" });
  if (entry.kind === "choice") return element("select", { name }, ...entry.choices.map((one) => element("option", { value: one }, one)));
  if (entry.kind === "status" || entry.kind === "reaction") return element("input", { name, autocomplete: "off", placeholder: "ESME_R…" });
  const bounds = { min: entry.least ?? false, max: entry.most ?? false, step: entry.kind === "whole" ? "1" : "any" };
  return element("input", { name, type: "number", ...bounds });
}
