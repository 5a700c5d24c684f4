// The camera: choosing one, showing what it sees, and pictures of that.

import { element, fill } from "./dom.js";
import { stamp, T } from "./texts.js";

const LONGEST = 1280; // of a picture that is taken, in pixels

export class Camera {
  /** @type {MediaStream|null} */
  #stream = null;

  constructor() {
    this.video = element("video", { muted: true, playsInline: true, autoplay: true, className: "camera" });
    this.video.setAttribute("aria-label", T.camera.sees);
    this.select = element("select", { ariaLabel: T.camera.which });
    this.select.addEventListener("change", () => void this.start(this.select.value));
    this.message = element("p", { className: "caution", role: "alert", hidden: true });
    this.node = element("div", { className: "camera-box" }, this.video, this.message, element("p", { hidden: true }, this.select));
  }

  get isOn() { return this.#stream !== null; }

  /** @param {string} [deviceId] @returns {Promise<boolean>} whether it shows something */
  async start(deviceId) {
    this.stop();
    this.message.hidden = true;
    try {
      if (!navigator.mediaDevices) throw new DOMException("", "NotSupportedError");
      const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: LONGEST }, ...which }, audio: false });
    } catch (error) {
      this.message.hidden = false;
      this.message.textContent = T.camera.trouble(error instanceof DOMException ? error.name : "");
      return false;
    }
    if (!this.node.isConnected) { // closed meanwhile
      this.stop();
      return false;
    }
    this.video.srcObject = this.#stream;
    await this.video.play().catch(() => {});
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    const used = this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
    fill(this.select, ...cameras.map((one, place) => new Option(one.label || T.camera.numbered(place + 1), one.deviceId, false, one.deviceId === used)));
    if (this.select.parentElement) this.select.parentElement.hidden = cameras.length < 2;
    return true;
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** What it sees now, as a file. @param {number} [longest] @returns {Promise<File|null>} */
  async take(longest = LONGEST) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !this.isOn) return null;
    const scale = Math.min(1, longest / Math.max(width, height));
    const canvas = element("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d")?.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {(blob: Blob|null) => void} */ resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    return blob && new File([blob], `camera-${stamp()}.jpg`, { type: "image/jpeg" });
  }
}
