// Small words for building the page. Text goes in as text nodes only: what a message says can never become markup.

export const by = (id) => document.getElementById(id);

/** element("button", {class: "call", onclick: dial}, "Call") */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

const LINK = /https?:\/\/[^\s<>"'，。；！？、（）【】《》]+/g;
const TAIL = /[.,;:!?)\]]+$/;

/** A text with its addresses as links that open in a new tab. */
export function linked(text, onopen) {
  const pieces = [];
  let done = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(TAIL, "");
    pieces.push(text.slice(done, found.index));
    pieces.push(element("a", { href: address, target: "_blank", rel: "noopener noreferrer", onclick: onopen }, address));
    done = found.index + address.length;
  }
  pieces.push(text.slice(done));
  return pieces;
}
