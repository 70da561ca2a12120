// Where the networks saw the class, laid over the film when the reader asks. Off at every new film:
// it must not lead the first look.

const COLOUR = [255, 176, 64];
const MOST_OPAQUE = 150;

export class Attention {
  #viewer;
  #button;
  #canvas = null;
  #film = null;
  #address = null;
  #map = null;
  #on = false;

  constructor(viewer, button) {
    [this.#viewer, this.#button] = [viewer, button];
    viewer.addEventListener("painted", () => this.#paint());
  }

  /** The film on the desk, and the address of its map; null where there is none. */
  show(film, address) {
    [this.#film, this.#address, this.#map] = [film, address, null];
    this.#button.disabled = !address;
    this.#set(false);
  }

  async toggle() {
    if (!this.#address) return;
    this.#set(!this.#on);
    const address = this.#address;
    this.#map ??= await coloured(address).catch(() => null);
    if (address !== this.#address) return;
    if (!this.#map) this.#set(false);
    this.#paint();
  }

  #set(on) {
    this.#on = on;
    this.#button.setAttribute("aria-pressed", on);
    this.#paint();
  }

  #paint() {
    const shown = this.#on && this.#map && this.#viewer.film?.pixels === this.#film.pixels;
    if (!shown && !this.#canvas) return;
    this.#canvas ??= this.#overlay();
    const { width, height } = this.#viewer.canvas;
    Object.assign(this.#canvas, { width, height, hidden: !shown });
    if (!shown) return;
    const screen = this.#canvas.getContext("2d");
    screen.setTransform(this.#viewer.matrix);
    screen.imageSmoothingQuality = "high";
    const { left, top, right, bottom } = this.#film.region
      ?? { left: 0, top: 0, right: this.#film.width, bottom: this.#film.height };
    screen.drawImage(this.#map, left, top, right - left, bottom - top);
  }

  #overlay() {
    const canvas = document.createElement("canvas");
    canvas.className = "attention";
    canvas.setAttribute("aria-hidden", "true");
    this.#viewer.canvas.after(canvas);
    return canvas;
  }
}

/** The map's greys as the opacity of one colour. */
async function coloured(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const screen = canvas.getContext("2d");
  screen.drawImage(image, 0, 0);
  const pixels = screen.getImageData(0, 0, canvas.width, canvas.height);
  for (let n = 0; n < pixels.data.length; n += 4) {
    pixels.data.set([...COLOUR, (pixels.data[n] * MOST_OPAQUE) / 255], n);
  }
  screen.putImageData(pixels, 0, 0);
  return canvas;
}
