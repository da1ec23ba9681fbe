// What the call lets one hear, and what the microphone hears while the other side records.

import { press } from "./network.js";

const RATE = 8000; // samples a second
const audio = new Audio();
let playing = null; // id of the sound
let refused = false; // the browser wants a click first
let microphone = null;

/** Whether the browser has refused to play before a click. */
export const blocked = () => refused;

/** Play what is being said in this call; silence where nothing is. */
export function listen(call) {
  const saying = call?.saying?.sound ? call.saying : null;
  if ((saying?.sound ?? null) !== playing) play(saying, call);
}

function play(saying, call) {
  playing = saying?.sound ?? null;
  audio.pause();
  if (!saying) return audio.removeAttribute("src");
  const late = call.now - saying.at;
  audio.src = saying.sound;
  audio.onloadedmetadata = () => {
    const length = Number.isFinite(audio.duration) ? audio.duration : saying.seconds;
    audio.playbackRate = Math.min(Math.max(length / Math.max(saying.seconds, 0.1), 0.5), 4);
    if (late > 0.5) audio.currentTime = Math.min(late * audio.playbackRate, length);
  };
  refused = false;
  audio.play().catch((why) => { if (why.name === "NotAllowedError") refused = true; });
}

/** Send what the microphone hears, until it is called with false. Without one the simulator records a tone. */
export async function record(number, on) {
  if (on === Boolean(microphone)) return;
  if (!on) return stop();
  const mine = (microphone = { parts: [] });
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    mine.stream = stream;
    if (microphone !== mine) return stop(mine);
    mine.context = new AudioContext({ sampleRate: RATE });
    await mine.context.audioWorklet.addModule("/static/microphone.js");
    const worklet = new AudioWorkletNode(mine.context, "microphone");
    worklet.port.onmessage = (event) => press.voice(number, base64(event.data)).catch(() => stop());
    mine.context.createMediaStreamSource(stream).connect(worklet);
  } catch {
    // nobody allowed it, or there is none
  }
}

function stop(which = microphone) {
  if (which === microphone) microphone = null;
  for (const track of which?.stream?.getTracks() ?? []) track.stop();
  which?.context?.close();
}

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
