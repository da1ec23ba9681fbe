// Runs in the browser's audio thread: gathers what the microphone gives into parts of a quarter of a second, 16 bits a sample.

const PART = 2000; // samples

class Microphone extends AudioWorkletProcessor {
  part = new Int16Array(PART);
  filled = 0;

  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.part[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled === PART) {
        this.port.postMessage(this.part.slice().buffer);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
