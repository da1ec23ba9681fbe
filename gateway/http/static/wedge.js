// A USB scanner is a keyboard: it types the code, fast, and ends with Enter, wherever the focus happens to be.
// Digits alone may also come from a person at a keyboard, so they go to the keypad's display one by one.

const PAUSE = 1500; // milliseconds: a scanner never waits so long between two characters

/**
 * Listens to the whole page. `on.code(text)`: a scanned text. `on.digit(d)`, `on.erase()`, `on.escape()`: single keys.
 * `on.enter()` returns whether it had something to do; if not, Enter keeps its usual meaning.
 */
export function listen(on) {
  let text = "";
  let last = 0;

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea")) return;
    if (event.timeStamp - last > PAUSE) text = "";
    last = event.timeStamp;
    if (take(event)) event.preventDefault();
  });

  function take(event) {
    if (event.key === "Enter") return enter();
    if (event.key.length === 1) return character(event.key);
    if (event.key === "Backspace" && !text) return on.erase(), true;
    if (event.key === "Escape") return (text = ""), on.escape(), true;
    return false;
  }

  function character(key) {
    if (!text && /[0-9０-９]/.test(key)) return on.digit(key.normalize("NFKC")), true;
    if (!text && key === " ") return false; // a button under the focus may want it
    text += key;
    return true;
  }

  function enter() {
    if (!text) return on.enter();
    const code = text;
    text = "";
    on.code(code);
    return true;
  }
}
