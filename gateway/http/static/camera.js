// The camera: frames are sent to the server only while something moves before it, because the line may be metered.

const WIDE = 800; // pixels of a frame that is sent: a code across a third of it has 6 pixels a module
const TRIES = 6; // frames sent after a change before the scene counts as known
const CHANGE = 7; // mean difference of grey levels (0..255) that counts as a change
const THUMB = { width: 32, height: 24 };

export class Camera {
  constructor(video) {
    this.video = video;
    this.frame = document.createElement("canvas");
    this.thumb = Object.assign(document.createElement("canvas"), THUMB);
    this.known = null;
    this.tries = TRIES;
    this.detector = null;
  }

  /** Opens the camera; false where there is none, or none may be used. */
  async open() {
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" },
      });
      await this.video.play();
    } catch {
      return false;
    }
    await this.#detector();
    return true;
  }

  /** Whether the camera still gives pictures: a plug may have been pulled. */
  get live() {
    const track = this.video.srcObject?.getVideoTracks()[0];
    return track?.readyState === "live" && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** The text of a code that the browser itself can see; null if there is none, or the browser cannot read codes. */
  async read() {
    if (!this.detector) return null;
    const found = await this.detector.detect(this.video).catch(() => []);
    return found[0]?.rawValue ?? null;
  }

  /** A JPEG frame for the server, or null while nothing new is to be seen. */
  async look() {
    if (this.detector || !this.#news()) return null;
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, WIDE / videoWidth);
    this.frame.width = Math.round(videoWidth * scale);
    this.frame.height = Math.round(videoHeight * scale);
    const pen = this.frame.getContext("2d");
    pen.filter = "grayscale(1)";
    pen.drawImage(this.video, 0, 0, this.frame.width, this.frame.height);
    return new Promise((done) => this.frame.toBlob(done, "image/jpeg", 0.7));
  }

  /** Looks anew, whatever was there before: for the next person. */
  forget() {
    this.tries = TRIES;
  }

  async #detector() {
    const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
    if (formats.includes("qr_code")) this.detector = new BarcodeDetector({ formats: ["qr_code"] });
  }

  #news() {
    const now = this.#greys();
    if (this.known === null || difference(now, this.known) > CHANGE) {
      this.known = now;
      this.tries = TRIES;
    }
    if (this.tries === 0) return false;
    this.tries -= 1;
    return true;
  }

  #greys() {
    const pen = this.thumb.getContext("2d", { willReadFrequently: true });
    pen.drawImage(this.video, 0, 0, THUMB.width, THUMB.height);
    const { data } = pen.getImageData(0, 0, THUMB.width, THUMB.height);
    const greys = new Uint8Array(data.length / 4);
    for (let at = 0; at < greys.length; at += 1) {
      greys[at] = (data[4 * at] * 3 + data[4 * at + 1] * 6 + data[4 * at + 2]) / 10;
    }
    return greys;
  }
}

function difference(one, other) {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += Math.abs(one[at] - other[at]);
  return sum / one.length;
}
